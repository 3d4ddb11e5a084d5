/** Whether Go's decoder matches a JSON key to a field of this name: it folds case, for two letters beyond ASCII, too. */
export function sameName(key: string, field: string): boolean {
  return fold(key) === fold(field);
}

function fold(name: string): string {
  return name.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}
