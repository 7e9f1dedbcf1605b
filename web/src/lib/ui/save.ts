/** Hands a file to the browser to keep, under a name that every system takes. */
export function saveFile(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_').slice(-80);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
