"""Text -> Card -> Note -> .apkg. Where a change belongs:

    configure   pyproject.toml         -> Project            the deck's name and languages
    read        a file                 -> Passage            text that knows the place of each character
    parse       cards/**/*.md          -> Card               headings, settings, sections
      scan        a section            -> Text               formulas, pictures, comments taken out of the Markdown
      hide        ... its clozes                             found and marked
    draw        figures/*.py           -> Picture            light and dark                       matplotlib
      digest    a script               -> digest             of all that its picture depends on
    render      Card + Picture         -> Note               HTML that Anki leaves alone
      convert     Markdown             -> HTML                                                    markdown, pygments
      measure     a formula            -> its width          as MathJax sets it; `lint` asks too
        lay       boxes                -> one box
    keep        HTML, values           -> build/, and back   what has not changed is not made again
    dress       templates/             -> NoteType           and any side of a card as Anki shows it
      fill        a template + values  -> HTML                                                    jinja2
      reveal      a cloze field        -> the same, asked or answered
    reckon      Card                   -> numbers that the expression behind them does not yield
      quote     a line                 -> the number at its end, and one in the same form
      evaluate  expressions            -> what they yield, with the names of figures/_facts.py      (the deck's own)
    lint        Card                   -> what is amiss with whole cards and decks
      spell       a formula            -> what Anki's MathJax does not know in it
        balance   ... its grammar                            what is wrong for certain
    lock        Note + deck.lock       -> Lock               identity and times, kept for ever
      identify    names                -> guids and ids
      order       notes                -> births and places in line, new ones among the old
      mend        a lock lost, merged  -> the lock to go on with
    refuse      the step of the lock   -> edits that would strand learners
    pack        Note + Lock            -> .apkg                                                   genanki
    write       files                  -> disk: all or none, one build at a time

While an author writes:

    preview     Note + NoteType        -> a page of all cards, with its pictures and MathJax inside
    watch       folders                -> a sign at every save                                    watchfiles
    serve       a page                 -> a browser on this machine, told of every change

And of what learners have already:

    unpack      .apkg                  -> Release
    recall      git                    -> locks of a merge's other side, sources of the last release
    compare     Release + Release      -> Comparison         what a learner would see change
      skim        a field              -> words, and a short difference
      tell        a Comparison         -> Markdown, JSON
    verify      .apkg + .apkg          -> Verdict            in the real Anki                     anki
      study       a collection         -> the same, studied and edited
      observe     a collection         -> Seen
      judge       before and after     -> Verdict

`model` holds the nouns that they hand on: frozen, complete when made, each with the `Place` it came from. A room takes
what it needs as arguments, yields `(results, problems)`, and never prints, asks the clock or exits: build.py does, and
tells the story in order. Indented rooms serve the one above them; else no room imports another, but `read`, which is
how anything is read, `lock`, whose entries and identities `mend`, `refuse` and `pack` need, `digest` and `keep`, so
that `reckon` asks nothing twice, and `dress`, `fill` and `skim`, whose HTML and words `preview` shows.
"""
