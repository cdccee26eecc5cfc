"use strict";

// The gallery is what there is to show, the state how it is shown; all else on the page follows from these two.
const EMPTY = { title: "", languages: [], css: {}, cards: [], pictures: {}, problems: [], version: "" };
let gallery = EMPTY;
const state = {
  language: "", card: null, side: 0, theme: "light", width: "phone", quiz: false, flipped: true, unfolded: false,
};
const NAMES = {
  front: "Front", back: "Back", topic: "Topic", tag: "Tag", kind: "Type",
  light: "Light", dark: "Dark", both: "Both", phone: "Phone", desktop: "Desktop",
};
const narrow = matchMedia("(max-width: 52rem)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const $ = (id) => document.getElementById(id);

/* ---- The list ---- */

const link = (card, side = 0) => `#${gallery.languages.length > 1 ? card.id : card.slug}${side ? `/${side + 1}` : ""}`;
const ours = () => gallery.cards.filter((card) => card.language === state.language);
const unique = (values) => [...new Set(values)];
const alike = (some, others) => some.length === others.length && some.every((one, index) => one === others[index]);
const FILTERS = { topic: (card) => [card.topic], tag: (card) => card.tags, kind: (card) => [card.kind] };

/** Whether a card is found by the search and by every filter but `except`. */
function sieve(except) {
  const words = normal($("search").value).split(" ").filter(Boolean);
  const set = Object.entries(FILTERS).filter(([name]) => name !== except && $(name).value);
  return (card) =>
    set.every(([name, values]) => values(card).includes($(name).value)) &&
    words.every((word) => haystack(card).includes(word));
}

/** Brings the list of the language's cards up to date; it stays scrolled and focused as it was. */
function list() {
  const box = $("list"), top = box.scrollTop, active = document.activeElement;
  const focused = box.contains(active) && active.dataset.id, several = gallery.languages.length > 1;
  const before = [...box.children];
  const groups = unique(ours().map((card) => card.topic)).map((topic) => {
    const cards = ours().filter((card) => card.topic === topic);
    const same = before.find((section) => section.several === several && alike(section.cards, cards));
    if (same) return same;
    const shared = (tag) => cards.every((card) => card.tags.includes(tag));
    const items = cards.map((card) => {
      const marks = [...(card.kind === "qa" ? [] : [card.kind]), ...card.tags.filter((tag) => !shared(tag))];
      const small = element("small", {}, marks.join(" · "));
      return element("li", {}, element("a", { href: link(card), "data-id": card.id }, excerpt(card), small));
    });
    return element("section", { cards, several }, element("h2", {}, topic), element("ul", {}, ...items));
  });
  box.lang = gallery.languages.find((each) => each.key === state.language)?.lang ?? "";
  groups.forEach((group, index) => {
    if (box.children[index] !== group) box.insertBefore(group, box.children[index] ?? null);
  });
  while (box.children.length > groups.length) box.lastChild.remove();
  filter();
  box.scrollTop = top;
  if (focused) box.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Shows of the list what is searched for, and in the filters how many there are of each. */
function filter() {
  for (const [name, values] of Object.entries(FILTERS)) {
    const select = $(name), chosen = select.value, counts = new Map();
    for (const value of ours().flatMap(values)) counts.set(value, 0);
    for (const value of ours().filter(sieve(name)).flatMap(values)) counts.set(value, counts.get(value) + 1);
    const sorted = [...counts]; // topics stay in the order of the deck
    if (name !== "topic") sorted.sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
    const options = sorted.map(([value, count]) =>
      element("option", { value, disabled: !count && value !== chosen }, `${value} (${count})`));
    select.replaceChildren(element("option", { value: "" }, NAMES[name]), ...options);
    select.value = counts.has(chosen) ? chosen : "";
  }
  const shown = new Set(ours().filter(sieve()).map((card) => card.id)), all = ours().length;
  for (const section of $("list").children) {
    for (const anchor of section.querySelectorAll("a")) anchor.parentElement.hidden = !shown.has(anchor.dataset.id);
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  $("found").textContent = shown.size === all ? "" : shown.size ? `${shown.size} of ${all}` : "Nothing found.";
  mark();
}

/** Marks the shown card in the list, and its tags that are filtered by. */
function mark() {
  for (const anchor of $("list").querySelectorAll("[aria-current]")) anchor.removeAttribute("aria-current");
  const anchor = state.card && $("list").querySelector(`[data-id="${CSS.escape(state.card.id)}"]`);
  anchor?.setAttribute("aria-current", "true");
  for (const button of $("facts").querySelectorAll(".tags button"))
    button.ariaPressed = String(button.textContent === $("tag").value);
  return anchor;
}

function walk(step) {
  const anchors = [...$("list").querySelectorAll("li:not([hidden]) a")];
  const at = anchors.findIndex((anchor) => anchor.dataset.id === state.card?.id);
  const next = anchors[at < 0 ? 0 : at + step];
  if (next) go(next.getAttribute("href"));
}

/** To the card of an address, at once: the browser tells of a new address a moment later. */
function go(to) {
  location.hash = to;
  route(false);
}

const frames = ["light", "dark"].map(() => ({ front: client(press), back: client(press) }));

/* ---- The stage ---- */

/** Makes the buttons of which one is pressed; `values` are [value, label, language of the label]. */
function choice(id, values, chosen, choose) {
  const box = $(id), index = [...box.children].indexOf(document.activeElement);
  const buttons = values.map(([value, label = NAMES[value], lang = ""]) =>
    element("button", { "aria-pressed": String(value === chosen), lang, onclick: () => choose(value) }, label));
  box.replaceChildren(...buttons);
  box.children[index]?.focus();
}

/** A language's name in itself, or its key where the browser knows no such language. */
function spokenName(key, lang) {
  try {
    return new Intl.DisplayNames([lang], { type: "language" }).of(key);
  } catch {
    return key;
  }
}

/** Shows the state. Frames whose side has not changed stay as they are. */
function show() {
  const { card } = state, side = card?.sides[state.side], several = (all) => (all?.length > 1 ? all : []);
  const offered = narrow.matches ? ["light", "dark"] : ["light", "dark", "both"];
  const theme = offered.includes(state.theme) ? state.theme : "light";
  const languages = several(gallery.languages).map(({ key, lang }) => [key, spokenName(key, lang), lang]);
  choice("languages", languages, state.language, speak);
  choice("themes", offered.map((each) => [each]), theme, (theme) => set({ theme }));
  choice("widths", [["phone"], ["desktop"]], state.width, (width) => set({ width }));
  const sides = several(card?.sides).map(({ name }, index) => [index, name]);
  choice("sides", sides, state.side, (index) => go(link(card, index)));
  $("quiz").ariaPressed = String(state.quiz);
  $("flip").textContent = !narrow.matches ? "Flip" : state.flipped ? "Front" : "Back";
  $("slug").textContent = card?.slug ?? "";
  $("frames").hidden = !side;
  $("frames").className = narrow.matches ? "single" : state.width;
  const themes = theme === "both" ? ["light", "dark"] : [theme];
  frames.forEach((pair, index) => {
    const shown = side && index < themes.length;
    pair.front.figure.parentElement.hidden = !shown;
    for (const face of ["front", "back"]) {
      const wanted = shown && (!narrow.matches || (face === "back") === state.flipped);
      pair[face].show(wanted ? appearance(card, side, face, themes[index], themes.length > 1) : undefined);
    }
    const covered = shown && !state.flipped;
    const cover = covered && element("button", { className: "cover", onclick: flip }, "Show the back (f)");
    pair.back.cover(cover);
  });
  facts(card);
  mark();
}

/** A side as a frame wants it. */
function appearance(card, side, face, theme, named) {
  const phone = narrow.matches || state.width === "phone";
  return {
    key: `${card.id} ${side.ordinal} ${face}`,
    caption: named ? `${NAMES[face]}, ${theme}` : NAMES[face],
    html: side[face],
    css: gallery.css[`${card.language}/${card.kind}`],
    pictures: gallery.pictures,
    ordinal: side.ordinal,
    unfolded: state.unfolded,
    tall: narrow.matches || !phone,
    phone,
    theme,
  };
}

/** What is known of a card, with its tags to filter by and its address to copy. */
function facts(card) {
  if (!card) return $("facts").replaceChildren();
  const tags = card.tags.map((tag) => element("button", { title: "Show the cards of this tag" }, tag));
  for (const button of tags) {
    button.onclick = () => {
      $("tag").value = $("tag").value === button.textContent ? "" : button.textContent;
      filter();
    };
  }
  const copy = element("a", { href: link(card, state.side), title: "Copies the address of this card" }, "Copy link");
  copy.onclick = (event) => {
    if (!navigator.clipboard) return; // then it is a link like any other
    event.preventDefault();
    navigator.clipboard.writeText(copy.href).then(() => (copy.textContent = "Copied"), () => go(copy.hash));
  };
  const place = element("code", {}, `${card.path}:${card.line}`);
  $("facts").replaceChildren(card.topic, element("span", { className: "tags" }, ...tags), place, copy);
}

function set(changes) {
  Object.assign(state, changes);
  try {
    localStorage.setItem("deckwright", JSON.stringify({ theme: state.theme, width: state.width }));
  } catch { /* a page without storage forgets, and works */ }
  show();
}

function flip() {
  if (!narrow.matches && !state.quiz) set({ quiz: true, flipped: false });
  else set({ flipped: !state.flipped });
}

/** The same card in another language, or else that language's first; its topic stays filtered by. */
function speak(language) {
  const twin = gallery.cards.find((card) => card.language === language && card.slug === state.card?.slug);
  const first = gallery.cards.find((card) => card.language === language);
  if (twin ?? first) go(link(twin ?? first, twin ? state.side : 0));
}

/* ---- Addresses: #slug, #language/slug, and either with /2 for the note's second card ---- */

/** The card that the address names, or else (`again`) the one that was shown, or the first. */
function named(again) {
  const parts = location.hash.slice(1).split("/"), keys = gallery.languages.map(({ key }) => key);
  const spoken = parts.length > 1 && keys.includes(parts[0]) ? parts.shift() : "";
  const language = spoken || (keys.includes(state.language) ? state.language : keys[0]) || "";
  const slug = parts[0] || (again && state.card?.slug) || "", number = Number(parts[1]) || 1;
  const own = gallery.cards.filter((card) => card.language === language);
  const card = slug ? (spoken ? own : [...own, ...gallery.cards]).find((each) => each.slug === slug) : own[0];
  const side = card ? Math.max(0, Math.min(number, card.sides.length) - 1) : 0;
  return { slug, language: card?.language ?? language, card: card ?? null, side };
}

/** Goes where the address says; `again`, because there is another gallery to go there in. */
function route(again) {
  const { slug, ...there } = named(again), before = state.card?.id, spoke = state.language;
  const topics = unique(ours().map(({ topic }) => topic)), at = topics.indexOf($("topic").value);
  Object.assign(state, there);
  const same = state.card?.id === before;
  if (!same) state.flipped = !state.quiz;
  $("missing").hidden = Boolean(state.card);
  $("missing").textContent = slug ? `There is no card “${slug}” here.` : "There are no cards here.";
  if (again || state.language !== spoke) list();
  const theirs = unique(ours().map(({ topic }) => topic));
  if (at >= 0 && state.language !== spoke && theirs.length === topics.length) {
    $("topic").value = theirs[at];
    filter();
  }
  title();
  show();
  if (same) return;
  document.body.classList.remove("browsing");
  mark()?.scrollIntoView({ block: "nearest" });
  (narrow.matches ? window : $("stage")).scrollTo(0, 0);
}

function title() {
  const deck = gallery.languages.find(({ key }) => key === state.language)?.title ?? gallery.title;
  const wrong = gallery.problems.length, cards = ours().reduce((sum, card) => sum + card.sides.length, 0);
  document.title = `${wrong ? `(${wrong}) ` : ""}${state.card ? `${state.card.slug} · ` : ""}${deck}`;
  $("title").textContent = deck;
  $("counts").textContent = `${ours().length} notes, ${cards} cards`;
}

/** Shows another gallery where the page stands: the same card, filters and scroll positions. */
function update(fresh) {
  gallery = { ...EMPTY, ...fresh };
  const problems = [...gallery.problems].sort((a, b) => a.warning - b.warning), box = $("problems");
  box.hidden = !problems.length;
  box.children[0].textContent = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  box.children[1].textContent = problems.map(({ text }) => text.trim()).join("\n\n");
  route(true);
}

/* ---- Keys, and the beginning ---- */

function search() {
  document.body.classList.add("browsing");
  $("search").focus();
  $("search").select();
}

function endSearch() {
  $("search").value = "";
  $("search").blur();
  filter();
}

function unfold() {
  state.unfolded = !state.unfolded;
  for (const pair of frames) for (const face of [pair.front, pair.back]) face.unfold(state.unfolded);
}

function nextLanguage() {
  const keys = gallery.languages.map(({ key }) => key);
  speak(keys[(keys.indexOf(state.language) + 1) % keys.length]);
}

const KEYS = {
  j: () => walk(1),
  ArrowRight: () => walk(1),
  k: () => walk(-1),
  ArrowLeft: () => walk(-1),
  "/": search,
  f: flip,
  q: () => set({ quiz: !state.quiz, flipped: state.quiz }),
  d: unfold,
  l: nextLanguage,
  t: () => set({ theme: { light: "dark", dark: narrow.matches ? "light" : "both", both: "light" }[state.theme] }),
  w: () => set({ width: state.width === "phone" ? "desktop" : "phone" }),
  "?": () => $("keys").showModal(),
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("keys").open) return;
  const typing = event.target.matches?.("input, select, textarea"), listed = $("list").contains(event.target);
  if (event.target === $("search")) {
    if (event.key === "Escape") endSearch();
    if (event.key === "Enter") $("list").querySelector("li:not([hidden]) a")?.click();
  }
  if (event.key === "Escape") document.body.classList.remove("browsing");
  if (typing) return;
  const action = KEYS[event.key] ?? (listed && { ArrowDown: KEYS.j, ArrowUp: KEYS.k }[event.key]);
  const number = Number(event.key) - 1;
  if (action) action();
  else if (state.card?.sides[number]) go(link(state.card, number));
  else return;
  event.preventDefault();
  if (listed && /^[jk]|^Arrow/.test(event.key)) mark()?.focus();
}

/** Shows the server's gallery; of a card that is known as it is, the server sends only the id. */
async function fetched() {
  const answer = await fetch(`gallery.json?since=${gallery.version}`, { cache: "no-store" });
  const fresh = await answer.json(), known = new Map(gallery.cards.map((card) => [card.id, card]));
  update({ ...fresh, cards: fresh.cards.map((card) => known.get(card) ?? card) });
}

/** Asks the server for the gallery, again at each of its events. */
function live() {
  const events = new EventSource("events");
  const notice = (text) => {
    $("notice").textContent = text;
    $("notice").hidden = !text;
  };
  let chain = Promise.resolve();
  events.onmessage = () => {
    chain = chain.then(fetched).then(() => notice(""), () => notice("The gallery could not be read."));
  };
  events.onerror = () => {
    notice("The server is gone; this is what it showed last.");
    if (events.readyState === EventSource.CLOSED) setTimeout(live, 2000);
  };
}

function begin() {
  state.theme = dark.matches ? "dark" : "light";
  try {
    Object.assign(state, JSON.parse(localStorage.getItem("deckwright") ?? "{}"));
  } catch { /* no storage */ }
  for (const { front, back } of frames)
    $("frames").append(element("div", { className: "pair" }, front.figure, back.figure));
  for (const name of Object.keys(FILTERS)) $(name).onchange = filter;
  $("search").oninput = filter;
  $("previous").onclick = KEYS.k;
  $("next").onclick = KEYS.j;
  $("flip").onclick = flip;
  $("quiz").onclick = KEYS.q;
  $("help").onclick = KEYS["?"];
  $("drawer").onclick = () => document.body.classList.toggle("browsing");
  $("stage").onclick = (event) => { if (event.target !== $("drawer")) document.body.classList.remove("browsing"); };
  addEventListener("keydown", press);
  addEventListener("hashchange", () => route(false));
  narrow.onchange = show;
  if ($("gallery").textContent) update(JSON.parse($("gallery").textContent));
  else live();
}

begin();
