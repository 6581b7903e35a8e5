"""The style sheet of the receiver's pages: one constant, light and dark, no fonts or images to load."""

HUES = 10
"""How many service colours there are: the classes `h0` to `h9`."""

STYLE = """
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --ink: #1c2330; --soft: #5d6778; --faint: #8b95a5; --line: #e4e8ee;
  --guide: #cbd2dd; --hover: #f2f5fa; --bad: #c8302b; --bad-soft: #fdeceb; --warn: #8f5c00;
  --warn-soft: #fdf3dc; --l: 47%; --s: 62%; }
@media (prefers-color-scheme: dark) { :root {
  --page: #10141b; --card: #181e28; --ink: #e6eaf1; --soft: #9aa5b8; --faint: #6a7589; --line: #273040;
  --guide: #3a465a; --hover: #1f2733; --bad: #ff7b72; --bad-soft: #3a1d1f; --warn: #e7b454;
  --warn-soft: #332a17; --l: 62%; --s: 58%; } }
.h0{--c:hsl(212 var(--s) var(--l))} .h1{--c:hsl(160 var(--s) calc(var(--l) - 7%))}
.h2{--c:hsl(268 var(--s) calc(var(--l) + 8%))} .h3{--c:hsl(28 82% var(--l))}
.h4{--c:hsl(190 70% calc(var(--l) - 5%))} .h5{--c:hsl(325 55% calc(var(--l) + 3%))}
.h6{--c:hsl(92 48% calc(var(--l) - 8%))} .h7{--c:hsl(238 58% calc(var(--l) + 12%))}
.h8{--c:hsl(46 85% calc(var(--l) - 7%))} .h9{--c:hsl(180 22% var(--l))}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-font-smoothing: antialiased; }
a { color: inherit; text-decoration: none; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 64px; }
header { display: flex; align-items: baseline; gap: 14px; margin-bottom: 22px; }
header b { font-size: 17px; letter-spacing: -.02em; }
header span, header a.plain { color: var(--soft); }
header .right { margin-left: auto; font-size: 13px; }
header a:hover { color: var(--ink); text-decoration: underline; text-underline-offset: 3px; }
h1 { font-size: 24px; line-height: 1.25; letter-spacing: -.02em; font-weight: 620; margin: 0 0 4px;
  overflow-wrap: anywhere; }
h2 { font-size: 13px; font-weight: 600; color: var(--soft); margin: 34px 0 10px; }
.sub { color: var(--soft); margin: 0 0 22px; font-size: 13px; overflow-wrap: anywhere; }
code, .mono { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden;
  box-shadow: 0 1px 2px rgb(16 24 40 / .04); }
.stats { display: flex; flex-wrap: wrap; gap: 34px; padding: 15px 20px; margin-bottom: 18px; }
.stats div { font-size: 19px; font-weight: 600; letter-spacing: -.01em; }
.stats small { display: block; font-size: 12px; font-weight: 400; letter-spacing: 0;
  color: var(--soft); }
.bad { color: var(--bad); } .warn { color: var(--warn); } .faint { color: var(--faint); }
.pill { font-size: 12px; padding: 1px 8px; border-radius: 99px; white-space: nowrap; }
.pill.bad { background: var(--bad-soft); } .pill.warn { background: var(--warn-soft); }
.service { font-weight: 600; white-space: nowrap; }
.service::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 3px;
  margin-right: 7px; background: var(--c); }
.list { display: grid; grid-template-columns: auto minmax(0, 1fr) 130px auto auto auto; }
.list > a, .list > .head { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid;
  align-items: center; column-gap: 22px; padding: 9px 20px; border-top: 1px solid var(--line); }
.list > .head { border: 0; color: var(--faint); font-size: 12px; padding-block: 8px; }
.list > a:hover { background: var(--hover); }
.list .what { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.list .what i { font-style: normal; color: var(--soft); margin-left: 10px; }
.num { text-align: right; white-space: nowrap; }
.mini { position: relative; height: 26px; }
.mini s { position: absolute; height: 2px; min-width: 2px; border-radius: 1px; background: var(--c); }
.mini s.bad { background: var(--bad); }
.fall { --name: 40%; position: relative; }
.axis, .fall summary { display: grid; grid-template-columns: var(--name) 1fr; }
.axis { border-bottom: 1px solid var(--line); color: var(--faint); font-size: 12px; }
.axis > span { padding: 9px 18px; } .ticks { position: relative; margin-right: 84px; }
.ticks span { position: absolute; top: 9px; padding-left: 5px; white-space: nowrap; }
.lines { position: absolute; inset: 38px 84px 0 var(--name); pointer-events: none; }
.lines span { position: absolute; top: 0; bottom: 0; border-left: 1px solid var(--line); opacity: .7; }
.fall details + details { border-top: 1px solid color-mix(in srgb, var(--line) 45%, transparent); }
.fall summary { list-style: none; cursor: pointer; height: 30px; align-items: center; }
.fall summary::-webkit-details-marker { display: none; }
.fall summary:hover, .fall details[open] > summary { background: var(--hover); }
.fall summary:focus-visible, a:focus-visible { outline: 2px solid hsl(212 80% 55%);
  outline-offset: -2px; }
.name { display: flex; align-items: center; height: 100%; overflow: hidden; white-space: nowrap;
  padding-left: 18px; padding-right: 10px; }
.name u { flex: none; position: relative; width: 17px; height: 100%; text-decoration: none; }
.name u::before { content: ""; position: absolute; left: 4px; top: -1px; bottom: -1px;
  border-left: 1px solid var(--guide); }
.name u.none::before { display: none; }
.name u.last::before { bottom: 50%; }
.name u.elbow::after { content: ""; position: absolute; left: 4px; top: 50%; width: 8px;
  border-top: 1px solid var(--guide); }
.name .service { margin-right: 9px; font-weight: 500; }
.name i { font-style: normal; color: var(--soft); overflow: hidden; text-overflow: ellipsis; }
.track { position: relative; height: 100%; margin-right: 84px; }
.track s { position: absolute; top: 9px; height: 12px; min-width: 3px; border-radius: 3px;
  background: var(--c); text-decoration: none; }
.track s.many { opacity: .45; }
.track b.event { position: absolute; top: 10px; width: 9px; height: 9px; margin-left: -5px;
  transform: rotate(45deg); background: var(--card); border: 2px solid var(--ink); border-radius: 2px; }
.name b.level { flex: none; font: 11px/1 ui-monospace, monospace; color: var(--faint); width: 26px;
  text-align: right; margin-right: 4px; }
.wrong > summary .track s { background: var(--bad); }
.wrong > summary .name { color: var(--bad); } .wrong > summary .name i { color: var(--bad); }
.track em { position: absolute; top: 5px; font-style: normal; font-size: 12px; color: var(--soft);
  white-space: nowrap; padding: 0 7px; }
.tags { display: grid; grid-template-columns: fit-content(38%) minmax(0, 1fr); gap: 2px 24px;
  position: relative; margin: 0; padding: 10px 22px 16px 30px; background: var(--hover); }
.tags dt { color: var(--soft); } .tags dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.notes { display: grid; grid-template-columns: max-content max-content minmax(0, 1fr); gap: 5px 22px;
  padding: 13px 20px; }
.notes > * { overflow-wrap: anywhere; }
.empty { padding: 56px 24px; text-align: center; color: var(--soft); }
.empty h1 { color: var(--ink); margin-bottom: 10px; }
.empty pre { display: inline-block; text-align: left; background: var(--hover); border-radius: 8px;
  padding: 12px 18px; margin: 16px 0 0; }
@media (max-width: 720px) { .list { grid-template-columns: auto minmax(0, 1fr) auto; }
  .list .mini, .list .wide { display: none; } .fall { --name: 52%; } main { padding: 18px 12px 48px; } }
"""
