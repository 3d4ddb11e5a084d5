/** Whether Go's decoder takes a JSON key for a field of this name: it folds case, of two more letters than ASCII has. */
export function sameName(key: string, field: string): boolean {
  return fold(key) === fold(field);
}

function fold(name: string): string {
  return name.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}
