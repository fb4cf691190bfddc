/* node build.mjs: page.jsx and all that it needs as one file, page.js. */
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

/* What is another in cs-web-lib: [what it has, what it is to have]. */
const CORRECTIONS = [
  /* It takes a text for a number wherever it can be read as one: an empty text entry shows 0.000, and a text entry with
     "5" shows "5.000", and writes that when somebody presses Enter. Phoebus shows the text. */
  ["!isNaN(DType.coerceDouble(value))", 'typeof value.getDoubleValue() === "number"'],
  /* With every change of any PV it compares all screens that are embedded as JSON, with themselves: 30 rows take all of a
     processor. */
  ["function fileComparator(before, after) {", "function fileComparator(before, after) {\n    if (before === after) return true;"],
  [
    "JSON.stringify(before) !== JSON.stringify(after)",
    "[before, after].map((each) => TEXTS.get(each) ?? TEXTS.set(each, JSON.stringify(each)).get(each)).reduce((a, b) => a !== b)",
  ],
  /* It keeps it from us that widgets are registered, and does not read the size of a plot's points. */
  ["export { AbsolutePosition,", "export { registerWidget, AbsolutePosition,"],
  ['arrayIndex: ["array_index",', 'pointSize: ["point_size", bobParseNumber], arrayIndex: ["array_index",'],
];

const corrected = {
  name: "corrected",
  setup: (build) =>
    build.onLoad({ filter: /cs-web-lib\/dist\/esm\/index\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      for (const [has, isToHave] of CORRECTIONS) {
        if (!contents.includes(has)) throw new Error(`${path} has no ${has}`);
        contents = contents.replaceAll(has, isToHave);
      }
      return { contents: `const TEXTS = new WeakMap();\n${contents}`, loader: "js" };
    }),
};

await build({
  entryPoints: ["page.jsx"],
  outfile: "page.js",
  bundle: true,
  define: { "process.env.NODE_ENV": '"production"', "process.env": "{}", "import.meta.env": "{}", global: "window" },
  plugins: [corrected],
  logLevel: "warning",
});
