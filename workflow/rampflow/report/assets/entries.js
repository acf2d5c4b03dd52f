"use strict";
// All entries of a large event: fifty rows at a time, sorted and searched in memory.
(() => {
  const SIZE = 50;
  const table = document.querySelector("table.listing");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const all = JSON.parse(document.querySelector("#rows").textContent);
  const texts = all.map((row) => `${row[2]} ${row[3]}`.toLocaleLowerCase());
  const field = document.querySelector(".search input");
  const which = document.querySelector(".which-rows");
  const before = document.querySelector(".before");
  const next = document.querySelector(".next");
  let order = all.map((_, i) => i);
  let found = order;
  let start = 0;

  const number = (text) => {
    const value = parseFloat(String(text).replace("< ", "").replace("\u2212", "-"));
    return Number.isNaN(value) ? null : value;
  };

  const draw = () => {
    body.replaceChildren(
      ...found.slice(start, start + SIZE).map((i) => {
        const line = document.createElement("tr");
        all[i].slice(1).forEach((value, k) => {
          const cell = line.insertCell();
          if (heads[k].classList.contains("number")) cell.className = "number";
          const text = document.createElement("bdi");
          text.textContent = value;
          if (k === 2) {
            const link = document.createElement("a");
            link.href = all[i][0];
            link.append(text);
            cell.append(link);
          } else cell.append(text);
        });
        return line;
      }),
    );
    const last = Math.min(start + SIZE, found.length);
    which.textContent = found.length ? `${start + 1} to ${last} of ${found.length}` : "none found";
    before.disabled = start === 0;
    next.disabled = last === found.length;
  };

  const search = () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    found = words.length ? order.filter((i) => words.every((word) => texts[i].includes(word))) : order;
    start = 0;
    draw();
  };

  const sort = (column, direction) => {
    const isNumber = heads[column].classList.contains("number");
    const keys = all.map((row) => (isNumber ? number(row[column + 1]) : row[column + 1].toLocaleLowerCase()));
    order = all.map((_, i) => i).sort((i, j) => {
      const a = keys[i];
      const b = keys[j];
      if ((a === null) !== (b === null)) return a === null ? 1 : -1;
      return direction * (a < b ? -1 : a > b ? 1 : 0) || i - j;
    });
    heads.forEach((head, k) => {
      if (k !== column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    });
    search();
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      sort(column, head.getAttribute("aria-sort") === "ascending" ? -1 : 1);
    });
  });
  heads[0].setAttribute("aria-sort", "ascending");
  document.querySelectorAll("[hidden]").forEach((one) => one.removeAttribute("hidden"));
  field.addEventListener("input", search);
  before.addEventListener("click", () => { start = Math.max(0, start - SIZE); draw(); });
  next.addEventListener("click", () => { start += SIZE; draw(); });
  draw();
})();
