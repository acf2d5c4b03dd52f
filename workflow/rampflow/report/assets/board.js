"use strict";
// Sorting and searching of the board. The page is whole without it: what needs it is hidden there.
(() => {
  const table = document.querySelector("table.board");
  const tools = document.querySelector(".search");
  if (!table || !tools) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const field = tools.querySelector("input");
  const found = document.querySelector(".found");
  const best = document.querySelector("#view-best");

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return "by" in cell.dataset ? cell.dataset.by : cell.textContent.trim();
  };

  // A cell without a value comes last in both directions; equal ones keep the order of the ranks.
  const sort = (column, direction) => {
    const isNumber = heads[column].classList.contains("number");
    const keyed = rows.map((row, rank) => [valueOf(row, column), rank, row]);
    keyed.sort(([a, i], [b, j]) => {
      if ((a === "") !== (b === "")) return a === "" ? 1 : -1;
      const order = isNumber ? a - b : a.localeCompare(b);
      return direction * order || i - j;
    });
    body.append(...keyed.map(([, , row]) => row));
    heads.forEach((head, k) => {
      if (k !== column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    });
  };

  heads.forEach((head, column) => {
    if ("unsorted" in head.dataset) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const first = head.dataset.first === "descending" ? -1 : 1;
    button.addEventListener("click", () => {
      const now = { ascending: 1, descending: -1 }[head.getAttribute("aria-sort")];
      sort(column, now ? -now : first);
    });
  });
  heads[0].setAttribute("aria-sort", "ascending");

  const search = () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    let all = 0;
    for (const row of rows) {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      const isOut = best && best.checked && row.classList.contains("not-best");
      if (!isOut) all += 1;
      if (!isOut && !row.hidden) shown += 1;
    }
    found.textContent = words.length ? `${shown} of ${all} rows shown` : "";
  };
  tools.hidden = false;
  field.addEventListener("input", search);
  document.querySelectorAll(".views input").forEach((one) => one.addEventListener("change", search));

  // The dots of the row that the mouse is on stand out.
  const light = (row, isOn) => {
    const link = row.querySelector("th a");
    if (!link) return;
    const address = CSS.escape(link.getAttribute("href"));
    document.querySelectorAll(`svg a[href="${address}"]`).forEach((dot) => dot.classList.toggle("lit", isOn));
  };
  for (const row of rows) {
    row.addEventListener("mouseenter", () => light(row, true));
    row.addEventListener("mouseleave", () => light(row, false));
  }
})();
