// A worksheet by keyboard: Enter and arrows move in the column, a pasted column fills downwards.
"use strict";

const cells = () => [...document.querySelectorAll("[data-sheet] [data-cell]")];

function go(from, step) {
  const all = cells();
  const next = all[all.indexOf(from) + step];
  if (!next) return false;
  next.focus();
  next.select();
  return true;
}

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-sheet] [data-cell]");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  // At the last cell Enter sends the sheet, as in any form.
  if (step && go(cell, step)) event.preventDefault();
});

document.addEventListener("paste", (event) => {
  const cell = event.target.closest("[data-sheet] [data-cell]");
  if (!cell) return;
  const rows = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n");
  if (rows.length < 2) return;
  event.preventDefault();
  const all = cells();
  const first = all.indexOf(cell);
  rows.forEach((row, at) => {
    const target = all[first + at];
    if (target) target.value = row.split("\t").pop().trim();
  });
  all[Math.min(first + rows.length, all.length) - 1].focus();
});

for (const box of document.querySelectorAll("[data-all]")) {
  box.addEventListener("change", () => {
    for (const one of document.querySelectorAll(`input[name="${box.dataset.all}"]`)) one.checked = box.checked;
  });
}
