"""How a report looks: dark on white, on a screen as on a sheet of A4; no table line, picture or curve is cut."""

STYLE = """
@page { size: A4; margin: 16mm 15mm 18mm; }
:root { color-scheme: light; }
* { box-sizing: border-box; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0 auto; max-width: 180mm; padding: 1.5rem 1rem 3rem; background: #fff; color: #1a1a1a;
  font: 11pt/1.45 "Source Sans 3", "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 0.2rem; overflow-wrap: anywhere; }
h2 { font-size: 14pt; margin: 1.5rem 0 0.4rem; padding-bottom: 0.15rem; border-bottom: 1px solid #999; }
h1, h2, h3 { break-after: avoid; }
h3 { font-size: 11pt; margin: 0 0 0.2rem; }
p, ul { margin: 0.3rem 0; overflow-wrap: anywhere; }
.about { color: #555; }
.sheet { display: flex; gap: 2rem; margin: 0.9rem 0 0.6rem; }
.sheet span { flex: 2; border-bottom: 1px solid #777; padding-bottom: 0.1rem; color: #555; }
.sheet span + span { flex: 1; }
.facts { columns: 2; column-gap: 2rem; margin: 0.4rem 0; }
.facts div { display: flex; justify-content: space-between; gap: 1rem; break-inside: avoid;
  border-bottom: 1px solid #e2e2e2; padding: 0.1rem 0; }
.facts dt { color: #555; }
.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; min-width: 0; }
.wide { overflow-x: auto; break-inside: avoid; }
.wide.long { break-inside: auto; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; font-size: 9.5pt; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border-bottom: 1px solid #ddd; padding: 0.15rem 0.4rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { font-weight: 600; }
.matrix { break-inside: avoid; table-layout: fixed; font-size: 8.5pt; }
.matrix th, .matrix td { border: 1px solid #ccc; padding: 0.25rem 0.1rem; text-align: center; }
.matrix thead th { height: 5.4em; vertical-align: bottom; }
.matrix thead span { writing-mode: vertical-rl; transform: rotate(180deg); }
.matrix th:first-child { text-align: right; width: 7.6em; padding-right: 0.4rem; }
.matrix .share { border-color: transparent; color: #555; }
.chart { display: block; width: 100%; height: auto; margin: 0.3rem 0 0.6rem; }
.chart text { font: 12px "Source Sans 3", "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-weight: 600; }
.examples { display: grid; gap: 0.7rem 1rem; margin: 0.5rem 0; }
.examples { grid-template-columns: repeat(auto-fill, minmax(40mm, 1fr)); }
.example { break-inside: avoid; font-size: 9.5pt; line-height: 1.35; }
.example img { width: 26mm; height: 26mm; image-rendering: pixelated; display: block; margin-bottom: 0.2rem; }
.answer { break-inside: avoid; border-left: 3px solid #999; padding: 0.1rem 0 0.1rem 0.7rem; margin: 0.5rem 0; }
.said { margin: 0.15rem 0; }
.blank { color: #555; }
pre { columns: 2; break-inside: avoid; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 8.5pt/1.35 ui-monospace, Consolas, monospace;
  border: 1px solid #ddd; padding: 0.5rem; }
code { font-family: ui-monospace, Consolas, monospace; font-size: 0.92em; }
p:has(+ .answer) { break-after: avoid; }
@media screen and (max-width: 520px) { .chart text { font-size: 17px; } .matrix { min-width: 27rem; } }
@media screen and (max-width: 520px) { .facts, pre { columns: 1; } .sheet { display: none; } }
@media print { body { max-width: none; padding: 0; } .wide { overflow: visible; } }
"""
