"use strict";

// Sortable tables: a click on a heading orders the rows of each group; groups and their headings stay where they are.
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "none" || !head.hasAttribute("aria-sort")
        ? head.matches(".num, .graphic")
        : head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      for (const body of table.tBodies) order(body, column, down);
    });
  });
}

function order(body, column, down) {
  const rows = [...body.rows].filter((row) => !row.classList.contains("head"));
  const key = (row) => row.cells[column]?.dataset.v ?? row.cells[column]?.textContent.trim() ?? "";
  rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === "" || y === "") return (x === "") - (y === "");
    const difference = x - y;
    return (Number.isNaN(difference) ? x.localeCompare(y, "en", { numeric: true }) : difference) * (down ? -1 : 1);
  });
  body.append(...rows);
}

// A box above each longer table hides the rows that do not hold all of the words typed into it.
for (const table of document.querySelectorAll("table.sortable")) {
  const rows = [...table.querySelectorAll("tbody tr:not(.head)")];
  const frame = table.closest(".scroll");
  if (rows.length < 8 || !frame) continue;
  const box = document.createElement("input");
  Object.assign(box, { type: "search", className: "filter", placeholder: "filter rows" });
  box.setAttribute("aria-label", "Filter rows: " + (frame.getAttribute("aria-label") ?? "table"));
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
  frame.prepend(box);
}

// The legend: chosen methods stand out in every figure beside it; choosing none shows all again.
for (const legend of document.querySelectorAll(".legend")) {
  const figures = legend.closest(".figures") ?? legend.parentElement;
  legend.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    const chosen = [...legend.querySelectorAll('[aria-pressed="true"]')].map((each) => "m-" + each.dataset.method);
    figures.classList.toggle("chosen", chosen.length > 0);
    for (const drawn of figures.querySelectorAll(".m")) {
      drawn.classList.toggle("on", chosen.some((name) => drawn.classList.contains(name)));
    }
  });
}

const theme = document.getElementById("theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
