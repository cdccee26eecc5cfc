"""Text -> Card -> Note -> .apkg. Where a change belongs:

    configure   pyproject.toml         -> Project            the deck's name and languages
    read        a file                 -> Passage            text that knows the place of each character
    parse       cards/**/*.md          -> Card               headings, settings, sections
      scan        a section            -> Text               formulas, pictures, comments taken out of the Markdown
      hide        ... its clozes                             found and marked
    draw        figures/*.py           -> Picture            light and dark                       matplotlib
    render      Card + Picture         -> Note               HTML that Anki leaves alone          markdown, pygments
    dress       templates/             -> NoteType           and any side of a card as Anki shows it
      fill        a template + values  -> HTML                                                    jinja2
      reveal      a cloze field        -> the same, asked or answered
    lint        Card                   -> warnings
    lock        Note + deck.lock       -> Lock               identity and times, kept for ever
    pack        Note + Lock            -> .apkg                                                   genanki

`model` holds the nouns that they hand on: frozen, complete when made, each with the `Place` it came from. A room takes
what it needs as arguments, yields `(results, problems)`, and never prints, asks the clock or exits: build.py does, and
tells the story in order. Indented rooms serve the one above them; else no room imports another, but `read` and `fill`,
which are how anything is read and filled, and `pack`, which takes identities from `lock`.
"""
