const marks = ["r", "w", "x"] as const;

/** Permission bits as `ls -l` writes them, for example `-rw-r--r--`. */
export function permissionsText(mode: number, kind: "file" | "folder" | "link" | "other"): string {
  const bits = Array.from({ length: 9 }, (_, at) =>
    (mode >> (8 - at)) & 1 ? (marks[at % 3] ?? "-") : "-",
  );
  return `${letters[kind]}${bits.join("")}`;
}

const letters = { file: "-", folder: "d", link: "L", other: "?" } as const;
