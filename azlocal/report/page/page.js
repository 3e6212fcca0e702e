"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const read = (id) => JSON.parse($(id).textContent);
  const keys = read("keys"), texts = read("texts"), findings = read("findings"), rows = read("rows");
  const at = (names) => Object.fromEntries(names.map((name, place) => [name, place]));
  const C = at(keys.columns), F = at(keys.finding), S = at(keys.step), I = at(keys.issue);
  const ringPlace = new Map(keys.rings.map((name, place) => [name, place]));
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // texts

  const name = (row) => texts[row[C.name]];
  const told = (row, number) => {
    const text = texts[number];
    if (!/[\ue000\ue001]/.test(text)) return text;
    const id = texts[row[C.id]].replaceAll("\ue001", name(row));
    return text.replaceAll("\ue000", id).replaceAll("\ue001", name(row));
  };
  const cell = (row, column) => told(row, row[C[column]]);
  const when = (seconds) => seconds ? new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") : "not known";
  const utc = (seconds) => seconds ? `${when(seconds)} UTC` : "not known";
  const span = (seconds) => {
    const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    if (minutes < 1) return `${Math.max(0, seconds)} s`;
    if (hours < 1) return `${minutes} min`;
    return hours < 48 ? `${hours} h ${minutes % 60} min` : `${days} d ${hours % 24} h`;
  };
  const ago = (seconds) => seconds ? `${utc(seconds)} (${span(keys.now - seconds)} ago)` : "not known";
  const number = (value) => value.toLocaleString("en-US");
  const many = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

  // elements: text only ever enters as text

  const make = (tag, attributes, ...inner) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) if (value) element.setAttribute(key, value);
    element.append(...inner.filter((one) => one !== "" && one !== null && one !== undefined));
    return element;
  };
  const linked = (url, words) => {
    const known = /^https:\/\/([a-z0-9.-]+)(?:\/|$)/.exec(url);
    const home = /^https:\/\/([a-z0-9.-]+)(?:\/|$)/.exec(keys.portal);
    if (!known || !(keys.hosts.includes(known[1]) || (home && known[1] === home[1]))) return make("span", {}, words);
    return make("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, words);
  };
  const portal = (id) => keys.portal ? keys.portal.replace("\ue000", id.split("/").map(encodeURIComponent).join("/")) : "";
  const state = (row) => {
    const [, label, tone, mark] = keys.phases[row[C.phase]];
    const stuck = row[C.stuck] ? " (stuck)" : "";
    return make("span", { class: `state ${row[C.stuck] ? "bad" : tone}` }, make("span", { class: "mark", "aria-hidden": "true" }, mark), label + stuck);
  };
  const address = (row) => `#cluster=${cell(row, "address").split("/").map(encodeURIComponent).join("/")}`;

  // filter and sort

  const SORTS = {
    name: (a, b) => collator.compare(name(a), name(b)),
    ring: (a, b) => place(a) - place(b),
    phase: (a, b) => a[C.phase] - b[C.phase],
    next: (a, b) => collator.compare(cell(a, "next"), cell(b, "next")),
    region: (a, b) => collator.compare(cell(a, "region"), cell(b, "region")),
    os: (a, b) => collator.compare(cell(a, "os"), cell(b, "os")),
    nodes: (a, b) => a[C.nodes] - b[C.nodes],
    sync: (a, b) => a[C.sync] - b[C.sync],
  };
  const place = (row) => ringPlace.get(cell(row, "ring")) ?? ringPlace.size;
  const hay = new Map(rows.map((row) => [row, [
    name(row), cell(row, "id"), cell(row, "ring"), cell(row, "region"), cell(row, "os"), cell(row, "next"),
    cell(row, "reason"), cell(row, "because"), cell(row, "step"), cell(row, "solution"), cell(row, "model"),
    ...keys.phases[row[C.phase]].slice(0, 2),
  ].join("\n").toLowerCase()]));
  let order = { by: "name", down: false }, sorted = [...rows].sort(SORTS.name), found = sorted, page = 0, size = 50;

  const wanted = () => {
    const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const show = keys.shows.indexOf($("show").value), phase = $("state").value, ring = $("ring").value;
    return (row) =>
      (show < 0 || row[C.shows] & (1 << show)) &&
      (!phase || keys.phases[row[C.phase]][0] === phase) &&
      (!ring || (ring === "-" ? !row[C.ring] : cell(row, "ring") === ring)) &&
      words.every((word) => hay.get(row).includes(word));
  };
  const filter = () => {
    found = sorted.filter(wanted());
    page = 0;
    draw();
    for (const tile of document.querySelectorAll("[data-show]")) {
      tile.setAttribute("aria-pressed", String((tile.dataset.show === "all" ? "" : tile.dataset.show) === $("show").value));
    }
  };
  const sort = (by) => {
    order = { by, down: order.by === by && !order.down };
    const turn = order.down ? -1 : 1;
    sorted = [...rows].sort((a, b) => turn * SORTS[by](a, b) || SORTS.name(a, b));
    for (const head of document.querySelectorAll("[data-sort]")) {
      const mine = head.dataset.sort === by;
      head.closest("th").setAttribute("aria-sort", !mine ? "none" : order.down ? "descending" : "ascending");
    }
    filter();
  };

  // the table

  const line = (row) => make("tr", {},
    make("th", { scope: "row", class: "c-name" }, make("a", { href: address(row) }, make("bdi", {}, name(row)))),
    make("td", { class: "c-ring" }, make("bdi", {}, cell(row, "ring") || "–")),
    make("td", { class: "c-phase" }, state(row), note(row)),
    make("td", { class: "c-next" }, make("div", { class: "clamp" }, cell(row, "next"))),
    make("td", { class: "c-region" }, cell(row, "region")),
    make("td", { class: "c-os" }, cell(row, "os") || "not known", small(cell(row, "support"))),
    make("td", { class: "c-nodes" }, row[C.nodes] ? String(row[C.nodes]) : "–"),
    make("td", { class: "c-sync" }, when(row[C.sync])));
  const small = (words) => words ? make("span", { class: "small" }, words) : "";
  const note = (row) => small(cell(row, "step") && cell(row, "step") + (row[C.since] ? `, for ${span(keys.now - row[C.since])}` : ""));
  const draw = (first = page * size, last = first + size) => {
    $("body").replaceChildren(...found.slice(first, last).map(line));
    const shown = Math.min(last, found.length);
    $("count").textContent = `${many(found.length, "cluster")} of ${number(rows.length)}` + (found.length ? "" : ": nothing fits these filters");
    $("place").textContent = found.length ? `${number(first + 1)} to ${number(shown)} of ${number(found.length)}` : "";
    $("back").disabled = !page;
    $("forth").disabled = last >= found.length;
  };
  const turn = (by) => { page += by; draw(); $("clusters").scrollIntoView(); };
  const select = (id, value) => {
    clear();
    if (id) $(id).value = value;
    filter();
    $("clusters").scrollIntoView();
    $("clusters").focus({ preventScroll: true });
  };
  const clear = () => { for (const id of ["find", "show", "state", "ring"]) $(id).value = ""; };

  // one cluster

  const pair = (words, value) => value ? [make("dt", {}, words), make("dd", {}, value)] : [];
  const facts = (row) => make("dl", { class: "facts" },
    ...pair("State", state(row)),
    ...pair("Because", `${cell(row, "message")} (${cell(row, "reason")})`),
    ...pair("Decision", `${cell(row, "decision")} (${cell(row, "because")}): ${cell(row, "why")}`),
    ...pair("Verdict", `${cell(row, "verdict")}, ${cell(row, "confidence")} confidence, rules ${cell(row, "rules")}`),
    ...pair("Ring", cell(row, "ring") || "none"),
    ...pair("Under way", row[C.since] ? `since ${ago(row[C.since])}` : ""),
    ...pair("Started by", started(row)),
    ...pair("Retry", cell(row, "retry")),
    ...pair("Region", cell(row, "region")),
    ...pair("Machines", [row[C.nodes] ? many(row[C.nodes], "machine") : "not known", cell(row, "model")].filter(Boolean).join(", ")),
    ...pair("OS build", [cell(row, "os") || "not known", cell(row, "support")].filter(Boolean).join(" · ")),
    ...pair("Solution", cell(row, "solution")),
    ...pair("Updates", cell(row, "updates")),
    ...pair("No updates for", row[C.limbo] ? `${many(row[C.limbo], "day")}, at least: it stands between the two upgrades` : ""),
    ...pair("Inputs", cell(row, "inputs")),
    ...pair("Last sync", ago(row[C.sync])),
    ...pair("Read", ago(row[C.observed])),
    ...pair("Not read", cell(row, "error")),
    ...pair("Correlation id", cell(row, "correlation") ? make("code", {}, cell(row, "correlation")) : ""),
    ...pair("Resource id", make("code", {}, cell(row, "id"))),
    ...pair("Links", links(row)));
  const started = (row) => row[C.attempt] ? `azlocal, attempt ${row[C.attempt]}` : row[C.step] && !row[C.ours] ? "somebody else" : "";
  const links = (row) => {
    const id = cell(row, "id");
    if (!keys.portal) return "";
    const group = id.split("/").slice(0, 5).join("/");
    return make("span", {}, linked(portal(id), "cluster in the portal"), " · ", linked(portal(group), "its resource group"));
  };
  const steps = (row) => row[C.steps].length ? [make("h3", {}, "Steps"), make("ol", { class: "steps" }, ...row[C.steps].map((step) => {
    const ends = step[S.ended] ? ` to ${when(step[S.ended])}` : "";
    const time = step[S.began] ? `${when(step[S.began])}${ends} UTC` : "";
    const status = told(row, step[S.status]), tone = /error|fail/i.test(status) ? "bad" : /progress/i.test(status) ? "move" : "";
    return make("li", { class: `d${Math.min(3, step[S.depth])}` }, make("span", {}, told(row, step[S.name])),
      make("span", { class: `small ${tone}` }, status || "not begun"), make("span", { class: "small" }, time));
  }))] : [];
  const issues = (row) => row[C.issues].length ? [make("h3", {}, "Diagnosis"), ...row[C.issues].map((issue) => {
    const say = (key) => told(row, issue[I[key]]);
    return make("div", { class: "finding" },
      make("p", { class: "head" }, `${say("title")} (${say("certainty")})`), make("p", {}, say("summary")),
      make("p", {}, make("b", {}, "To do: "), say("remedy"), " · ", linked(say("url"), "documentation")),
      make("p", { class: "small" }, `${say("id")}${say("place") ? `, at ${say("place")}` : ""}: `, make("code", {}, say("line"))));
  })] : [];
  const check = (row, finding) => {
    const say = (key) => told(row, finding[F[key]]);
    const met = ["met", "attested"].includes(say("status"));
    const tone = met ? "good" : say("severity") === "blocking" ? (say("status") === "unknown" ? "warn" : "bad") : "warn";
    const mark = met ? "✓" : say("status") === "unknown" ? "?" : say("severity") === "blocking" ? "✕" : "!";
    const read = row[C.observed] && finding[F.after] >= 0 ? `read ${utc(row[C.observed] + finding[F.after])}` : "age not known";
    const proof = [say("path") || "no property shows it", say("value") ? `= ${say("value")}` : ""].join(" ");
    return make("div", { class: "finding" },
      make("p", { class: "head" }, make("span", { class: `state ${tone}` }, make("span", { class: "mark", "aria-hidden": "true" }, mark), `${say("check")} ${say("status")}`),
        met ? "" : ` (${say("severity")})`, say("title") ? ` · ${say("title")}` : ""),
      make("p", {}, say("message")),
      say("remedy") && !met ? make("p", {}, make("b", {}, "To do: "), say("remedy"), ...(say("link") ? [" · ", linked(say("link"), "documentation")] : [])) : "",
      say("question") && !met ? make("p", {}, make("b", {}, "To ask: "), say("question")) : "",
      say("accepted") ? make("p", {}, make("b", {}, "Accepted: "), say("accepted")) : "",
      make("p", { class: "small" }, "Evidence: ", make("code", {}, proof), ` · ${say("confidence")} confidence · ${read} · rules ${say("rules")}`),
      say("resource") ? make("p", { class: "small" }, "of ", make("code", {}, say("resource"))) : "");
  };
  const checks = (row) => {
    const every = row[C.findings].map((place) => findings[place]);
    const passes = (finding) => ["met", "attested"].includes(texts[finding[F.status]]);
    const open = every.filter((one) => !passes(one)), met = every.filter(passes);
    return [make("h3", {}, `Checks that are not met, or not known (${open.length})`),
      ...(open.length ? open.map((one) => check(row, one)) : [make("p", { class: "small" }, "None.")]),
      met.length ? make("details", {}, make("summary", {}, `${many(met.length, "check")} met, with evidence`), ...met.map((one) => check(row, one))) : ""];
  };
  let opened = null;
  const fill = (row) => {
    opened = row;
    $("sheet-title").replaceChildren(make("bdi", {}, name(row)));
    $("sheet-body").replaceChildren(
      make("p", { class: "answer" }, cell(row, "headline")),
      make("p", { class: "do" }, make("b", {}, "To do: "), cell(row, "next")),
      facts(row), ...steps(row), ...issues(row), ...checks(row).filter(Boolean));
    const place = found.indexOf(row);
    $("before").disabled = place < 1;
    $("after").disabled = place < 0 || place >= found.length - 1;
  };
  const meant = (hash) => {
    if (!hash.startsWith("#cluster=")) return null;
    try { hash = decodeURIComponent(hash.slice(9)).toLowerCase(); } catch { return undefined; }
    return rows.find((row) => cell(row, "address").toLowerCase() === hash || cell(row, "id").toLowerCase() === hash);
  };
  const follow = () => {
    const row = meant(location.hash), box = $("sheet");
    if (row === undefined) $("count").textContent = "This report has no such cluster.";
    if (!row) return box.open && box.close();
    fill(row);
    document.documentElement.classList.add("sheet-open");
    if (!box.open) box.showModal();
    box.scrollTop = 0;
    $("sheet-title").focus();
  };
  const closed = () => {
    document.documentElement.classList.remove("sheet-open");
    if (location.hash.startsWith("#cluster=")) history.replaceState(null, "", location.pathname + location.search);
    const row = opened;
    const link = row && [...$("body").querySelectorAll("a")].find((one) => one.getAttribute("href") === address(row));
    if (link) link.focus();
  };
  const step = (by) => { const row = found[found.indexOf(opened) + by]; if (row) location.hash = address(row); };

  // theme and print

  const remembered = (theme) => {
    try { if (theme === undefined) return localStorage.getItem("azlocal-theme") || ""; localStorage.setItem("azlocal-theme", theme); } catch { /* a file may have no storage */ }
    return theme || "";
  };
  const dress = (theme) => { if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme; };
  const MOST_PRINTED = 1000;
  const prepare = () => {
    draw(0, MOST_PRINTED);
    if (found.length > MOST_PRINTED) $("count").textContent += `; the first ${number(MOST_PRINTED)} are printed, filter for the others`;
    for (const one of document.querySelectorAll("details")) { one.dataset.was = one.open ? "1" : ""; one.open = true; }
  };
  const restore = () => { draw(); for (const one of document.querySelectorAll("details")) one.open = one.dataset.was === "1"; };

  for (const id of ["show", "state", "ring"]) $(id).addEventListener("change", filter);
  $("find").addEventListener("input", filter);
  $("size").addEventListener("change", () => { size = Number($("size").value); page = 0; draw(); });
  $("clear").addEventListener("click", () => { clear(); filter(); $("find").focus(); });
  $("back").addEventListener("click", () => turn(-1));
  $("forth").addEventListener("click", () => turn(1));
  for (const head of document.querySelectorAll("[data-sort]")) head.addEventListener("click", () => sort(head.dataset.sort));
  for (const tile of document.querySelectorAll("[data-show]")) tile.addEventListener("click", () => select("show", tile.dataset.show === "all" ? "" : tile.dataset.show));
  for (const one of document.querySelectorAll("[data-phase]")) one.addEventListener("click", () => select("state", one.dataset.phase));
  for (const one of document.querySelectorAll("[data-ring]")) one.addEventListener("click", () => select("ring", one.dataset.ring));
  $("before").addEventListener("click", () => step(-1));
  $("after").addEventListener("click", () => step(1));
  $("close").addEventListener("click", () => $("sheet").close());
  $("sheet").addEventListener("close", closed);
  for (const id of ["print", "print-one"]) $(id).addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);
  window.addEventListener("hashchange", follow);
  $("theme").value = remembered();
  dress($("theme").value);
  $("theme").addEventListener("change", () => { remembered($("theme").value); dress($("theme").value); });
  filter();
  follow();
})();
