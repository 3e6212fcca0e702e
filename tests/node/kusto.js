// Asks Microsoft's Kusto parser about queries. Standard input: {"tables": {name: [[column, type]]}, "queries": {name: text}}.
// Standard output: {name: {"problems": [{"severity", "code", "message", "start", "length"}], "columns": [[name, type]]}}.
"use strict";

require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const K = globalThis.Kusto.Language;
const TYPES = { boolean: "bool" };

function schema(tables) {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    // An unquoted keyword would silently cut the schema there.
    const text = columns.map(([column, type]) => `['${column}']:${TYPES[type] || type}`).join(",");
    return K.Symbols.TableSymbol.From(`(${text})`).WithName(name);
  });
  return K.GlobalState.Default.WithDatabase(new K.Symbols.DatabaseSymbol.$ctor1("logs", symbols));
}

function problems(code) {
  const found = code.GetDiagnostics();
  return Array.from({ length: found.Count }, (_, at) => found.getItem(at)).map((one) => ({
    severity: one.Severity, code: one.Code, message: one.Message, start: one.Start, length: one.Length,
  }));
}

function columns(code) {
  const type = code.ResultType;
  if (!type || !type.Columns) return [];
  return Array.from({ length: type.Columns.Count }, (_, at) => type.Columns.getItem(at)).map((one) => [one.Name, one.Type.Name]);
}

const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const globals = schema(asked.tables);
const answers = {};
for (const [name, text] of Object.entries(asked.queries)) {
  const code = K.KustoCode.ParseAndAnalyze(text, globals);
  answers[name] = { problems: problems(code), columns: columns(code) };
}
process.stdout.write(JSON.stringify(answers));
