// Checks manifests against the schemas of the Kubernetes API, as they are in the package kubernetes-models. Arguments: files.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { loadAll } from "js-yaml";

/** Notes which fields are read. The schemas let unknown fields pass, but their checks read every field they know: what nobody reads is misspelt. */
function watched(value, path, unread) {
  if (typeof value !== "object" || value === null) return value;
  const children = new Map();
  for (const key of Object.keys(value)) unread.add(`${path}.${key}`);
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "symbol" || !Object.hasOwn(target, key)) return target[key];
      unread.delete(`${path}.${key}`);
      if (!children.has(key)) children.set(key, watched(target[key], `${path}.${key}`, unread));
      return children.get(key);
    },
  });
}

let mistakes = 0;
let checked = 0;
for (const file of process.argv.slice(2)) {
  for (const object of loadAll(readFileSync(file, "utf8"))) {
    // Kustomize's own are not the API's.
    if (object.apiVersion.startsWith("kustomize.config.k8s.io/")) continue;
    const wrong = [];
    const unread = new Set();
    try {
      const models = await import(`kubernetes-models/${object.apiVersion}`);
      const model = new models[object.kind]({});
      for (const [key, value] of Object.entries(object)) model[key] = watched(value, key, unread);
      model.validate();
      wrong.push(...[...unread].map((field) => `${field}: there is no such field`));
    } catch (error) {
      wrong.push(error.message);
    }
    for (const text of wrong) console.error(`${basename(file)}: ${object.kind} ${object.metadata?.name ?? ""}: ${text}`);
    mistakes += wrong.length;
    checked++;
  }
}
console.log(`kubernetes: ${checked} objects, ${mistakes} mistakes`);
process.exit(mistakes === 0 && checked > 0 ? 0 : 1);
