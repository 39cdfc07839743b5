import { readDockerfile } from "@bedplate/sdk";
import { expect, test } from "vitest";

test("readDockerfile() reads what templates know, and passes over what says nothing of files", () => {
  const read = readDockerfile(`# syntax=docker/dockerfile:1
ARG BASE=debian
FROM --platform=linux/amd64 \${BASE}:12 AS final
LABEL a=b
ENV A="one two" B=$BASE
ENV OLD form of it
RUN apt-get update && \\
    # in the middle
    apt-get install -y git
RUN ["echo", "it's", "fine"]
WORKDIR /srv/$B
COPY --chown=user:user --chmod=755 a b /dest
ADD ["with blank", "/x/"]
USER user
EXPOSE 80
ENTRYPOINT ["/bin/run"]
CMD ["--now"]
`);
  expect(read.from).toBe("image:debian:12");
  expect(read.steps).toEqual([
    { kind: "ENV", variables: { A: "one two", B: "debian" } },
    { kind: "ENV", variables: { OLD: "form of it" } },
    { kind: "RUN", command: expect.stringMatching(/apt-get update && +apt-get install -y git$/) },
    { kind: "RUN", command: expect.stringMatching(/echo 'it'\\''s' fine$/) },
    { kind: "WORKDIR", path: "/srv/debian" },
    { kind: "COPY", from: "a", to: "/dest/", files: "context", owner: "user:user", mode: "755" },
    { kind: "COPY", from: "b", to: "/dest/", files: "context", owner: "user:user", mode: "755" },
    { kind: "COPY", from: "with blank", to: "/x/", files: "context" },
    { kind: "USER", name: "user" },
    { kind: "CMD", words: ["/bin/run"] },
    { kind: "CMD", words: ["/bin/run", "--now"] },
  ]);
});

test.each([
  ["", "it has no FROM"],
  ["RUN x", "FROM comes first"],
  ["FROM scratch", "scratch has no shell"],
  ["FROM a\nFROM b", "line 2: several stages"],
  ["FROM a\nRUN --mount=type=cache x", "options"],
  ["FROM a\nCOPY --from=b x y", "--from is not known"],
  ["FROM a\nCOPY x", "COPY is FROM... TO"],
  ["FROM a\nADD https://x/y /z", "not from the network"],
  ["FROM a\nNONSENSE x", "NONSENSE is not known"],
  ["FROM a\nRUN", "RUN says nothing"],
])("readDockerfile(%j) refuses", (text, why) => {
  expect(() => readDockerfile(text)).toThrow(why);
});

test.each([
  ["host", "host"],
  ["template:x:y", "template:x:y"],
  ["registry:5000/a/b:c", "image:registry:5000/a/b:c"],
])("FROM %s is %s", (name, reference) => {
  expect(readDockerfile(`FROM ${name}`).from).toBe(reference);
});
