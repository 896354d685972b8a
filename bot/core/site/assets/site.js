// What the pages can do beside being read: filter, fold, sort, keys, what was read, copying.
"use strict";
(() => {
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const byId = (id) => document.getElementById(id);
  const served = location.protocol !== "file:"; // from a disk nothing can be fetched
  const KEPT = 5000; // ids of papers that were read, the last ones

  // What is kept in this browser. Where that is forbidden, it is kept until the page is left.
  const kept = {};
  const recall = (name, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(`daily-papers:${name}`)) ?? otherwise;
    } catch {
      return kept[name] ?? otherwise;
    }
  };
  const keep = (name, value) => {
    kept[name] = value;
    try {
      localStorage.setItem(`daily-papers:${name}`, JSON.stringify(value));
    } catch {
      // Private windows and full disks: nothing to be done.
    }
  };

  const told = byId("_told");
  const tell = (words) => {
    if (told) told.textContent = words;
  };
  const count = (number, one) =>
    `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;

  // Copying ----------------------------------------------------------------------------------
  const copy = async (text) => {
    await navigator.clipboard.writeText(text);
    tell("Copied");
    setTimeout(() => tell(""), 3000);
  };
  const clipboard = Boolean(navigator.clipboard);
  const copier = document.querySelector("[data-do=copy]");
  if (copier && clipboard) {
    copier.hidden = false;
    copier.addEventListener("click", () =>
      copy(byId("_bibtex").textContent).catch(() => tell("Copying was refused")));
  }
  const copyEntry = async (link) => {
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error(answer.statusText);
      await copy(await answer.text());
      const before = link.textContent;
      link.textContent = "Copied";
      setTimeout(() => { link.textContent = before; }, 2000);
    } catch {
      location.href = link.href;
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.bib");
    const alone = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (link?.origin === location.origin && served && clipboard && alone && link.textContent === "BibTeX") {
      event.preventDefault();
      copyEntry(link);
    }
  });

  const rows = all("tr[data-id]");
  const tools = document.querySelector(".tools");
  if (!tools) return;
  tools.hidden = false;
  rows.forEach((row, place) => { row.dataset.place = place; });

  // Abstracts that stand elsewhere -----------------------------------------------------------
  const fetched = new Map();
  const restOf = (address) => {
    if (!fetched.has(address)) {
      const wanted = fetch(address).then((answer) => {
        if (!answer.ok) throw new Error(answer.statusText);
        return answer.json();
      });
      wanted.catch(() => fetched.delete(address)); // the next opening tries again
      fetched.set(address, wanted);
    }
    return fetched.get(address);
  };
  const fill = async (details, row, link) => {
    const words = details.lastElementChild;
    try {
      const rest = await restOf(row.closest("[data-rest]").dataset.rest);
      if (!(row.dataset.id in rest)) throw new Error("gone");
      words.innerHTML = rest[row.dataset.id]; // our own file, escaped as the page is
      texts.delete(row);
    } catch {
      words.replaceChildren(link);
      link.textContent = "It could not be loaded: read it on the paper’s page";
      details.filled = false;
    }
  };
  const folded = (link) => {
    const row = link.closest("tr");
    const details = document.createElement("details");
    details.className = "abstract";
    details.innerHTML = '<summary class="fold">Abstract</summary><p dir="auto">…</p>';
    details.addEventListener("toggle", () => {
      if (!details.open || details.filled) return;
      details.filled = true;
      fill(details, row, link);
    });
    link.replaceWith(details);
  };
  if (served) all("[data-rest] a.fold").forEach(folded);

  // What was read ----------------------------------------------------------------------------
  const read = new Set([recall("read", [])].flat());
  const dots = new Map();
  for (const row of rows) {
    const dot = document.createElement("button");
    dot.type = "button";
    dot.className = "dot";
    row.querySelector(".when").append(dot);
    dots.set(row, dot);
  }
  const showRead = () => {
    for (const row of rows) {
      const done = read.has(row.dataset.id);
      row.classList.toggle("read", done);
      const dot = dots.get(row);
      dot.setAttribute("aria-pressed", done);
      dot.setAttribute("aria-label", "Read");
      dot.title = done ? "Mark as unread" : "Mark as read";
    }
    for (const section of all("main section[id]")) {
      const mine = all("tr[data-id]", section);
      const unread = mine.filter((row) => !read.has(row.dataset.id)).length;
      const place = document.querySelector(`[data-unread="${section.id}"]`);
      if (place && mine.length) place.textContent = `${unread.toLocaleString("en")} unread`;
      const button = section.querySelector("[data-do=read]");
      if (button) {
        button.hidden = false;
        button.textContent = unread ? "Mark all as read" : "Mark all as unread";
      }
    }
  };
  const mark = (ids, done) => {
    for (const id of ids) {
      read.delete(id); // at the end again, so that the longest known go first
      if (done) read.add(id);
    }
    keep("read", [...read].slice(-KEPT));
    showRead();
  };
  addEventListener("storage", (event) => { // another tab marked something
    if (event.key !== "daily-papers:read") return;
    read.clear();
    [recall("read", [])].flat().forEach((id) => read.add(id));
    showRead();
  });

  // Filter -----------------------------------------------------------------------------------
  const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
  const plain = (text) =>
    text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/[ßæœøłđðþı]/g, (one) => LETTERS[one]).replace(/[‐-―]/g, "-");
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) {
      const parts = all(".title, .by, details p, .brief, .label", row);
      texts.set(row, plain(`${parts.map((one) => one.textContent).join(" ")} ${
        row.dataset.also ?? ""} ${row.dataset.id}`));
    }
    return texts.get(row);
  };
  const input = byId("_filter");
  const filter = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const found = new Set();
    for (const row of rows) {
      row.hidden = !words.every((word) => textOf(row).includes(word));
      if (!row.hidden) found.add(row.dataset.id);
    }
    for (const section of all("main section[id]")) {
      const mine = all("tr[data-id]", section);
      section.hidden = words.length > 0 && mine.every((row) => row.hidden);
    }
    tell(words.length ? (found.size ? `${count(found.size, "paper")} found` : "No paper found") : "");
  };
  let soon;
  input.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(filter, 100);
  });

  // Sorting, hiding, folding -----------------------------------------------------------------
  const sort = (by) => {
    const key = by === "match" ? "rank" : "place";
    for (const body of all("table.papers > tbody")) {
      body.append(...[...body.rows].sort((one, other) => one.dataset[key] - other.dataset[key]));
    }
  };
  byId("_sort")?.addEventListener("change", (event) => sort(event.target.value));
  const hiding = byId("_hide");
  const hide = () => document.body.classList.toggle("hide-read", hiding.checked);
  hiding.checked = recall("hide", false);
  hiding.addEventListener("change", () => {
    keep("hide", hiding.checked);
    hide();
  });
  const foldAll = (open) => {
    // All are looked at before any is changed: each look after a change lays the page out anew.
    const seen = all("main details").filter((details) => details.checkVisibility?.() ?? true);
    for (const details of seen) details.open = open;
  };
  const help = byId("_help");
  const doing = {
    fold: () => foldAll(false),
    unfold: () => foldAll(true),
    help: () => help.showModal(),
    read: (button) => {
      const ids = all("tr[data-id]", button.closest("section")).map((row) => row.dataset.id);
      mark(ids, ids.some((id) => !read.has(id)));
    },
  };
  document.querySelector("main").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.className === "dot") {
      const { id } = button.closest("tr").dataset;
      mark([id], !read.has(id));
    } else {
      doing[button.dataset.do]?.(button);
    }
  });

  // Keys -------------------------------------------------------------------------------------
  let current = null;
  const choose = (row) => {
    current?.classList.remove("current");
    current = row;
    row?.classList.add("current");
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-id]");
    if (row && row !== current) choose(row);
  });
  const step = (by) => {
    const gone = (row) => row.hidden || (hiding.checked && read.has(row.dataset.id));
    const seen = all("tr[data-id]").filter((row) => row === current || !gone(row));
    const at = seen.indexOf(current);
    const next = seen[at < 0 ? (by > 0 ? 0 : -1) : at + by];
    if (!next) return;
    choose(next);
    next.querySelector(".title").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const single = byId("_single");
  single.checked = recall("keys", true);
  single.addEventListener("change", () => keep("keys", single.checked));
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    o: () => {
      const details = current?.querySelector("details.abstract");
      if (details) details.open = !details.open;
      else current?.querySelector("a.fold")?.click();
    },
    a: () => current?.querySelector(".title").click(),
    m: () => current && mark([current.dataset.id], !read.has(current.dataset.id)),
    "/": () => {
      input.focus();
      input.select();
    },
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === input) {
      input.value = "";
      filter();
      (current?.querySelector(".title") ?? input).focus();
      if (!current) input.blur();
    }
    const typing = event.target.closest?.(
      "input:not([type=checkbox]), select, textarea, dialog, [contenteditable]");
    const held = event.ctrlKey || event.metaKey || event.altKey;
    const enter = event.key === "Enter" && event.target === document.body ? "a" : event.key;
    if (typing || held || help.open || !single.checked || !Object.hasOwn(keys, enter)) return;
    event.preventDefault();
    keys[enter]();
  });

  // Where the reader is ----------------------------------------------------------------------
  const entries = new Map(
    all(".topics a[href^='#']").map((link) => [link.hash.slice(1), link]));
  const shown = new Set();
  const watch = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) shown.add(target.id);
      else shown.delete(target.id);
    }
    const here = [...entries.keys()].find((id) => shown.has(id));
    const link = entries.get(here);
    const list = link?.closest(".topics");
    list?.scrollTo({
      left: link.offsetLeft - 20,
      top: link.offsetTop - list.clientHeight / 2,
      behavior: "instant",
    });
    for (const [id, link] of entries) {
      if (id === here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-15% 0px -70%" });
  for (const id of entries.keys()) {
    const section = byId(id);
    if (section) watch.observe(section);
  }

  showRead();
  hide();
})();
