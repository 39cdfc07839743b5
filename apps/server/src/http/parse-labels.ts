import { raise } from "@bedplate/errors";

/** Labels as a query has them: `name=value`, several with commas between. */
export function parseLabels(
  labels: string | undefined,
  op: string,
): Record<string, string> | undefined {
  if (labels === undefined) return undefined;
  return Object.fromEntries(
    labels.split(",").map((each) => {
      const [name = "", ...value] = each.split("=");
      if (name === "" || value.length === 0) throw badLabels(each, op);
      return [name, value.join("=")];
    }),
  );
}

function badLabels(text: string, op: string): Error {
  return raise("argument.invalid", {
    op,
    detail: { path: "/labels", rule: "must be name=value, several with commas between" },
    message: `Cannot list by the label "${text}": it must be name=value`,
  });
}
