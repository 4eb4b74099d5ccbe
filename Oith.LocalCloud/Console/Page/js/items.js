// DynamoDB's typed values as plain JSON, for eyes only: what is written back keeps its types.

/** @param {any} value {"S": "text"} and its kin @returns {any} */
export function plain(value) {
  const [[type, content]] = Object.entries(value);
  switch (type) {
    case 'N':
      return Number(content);
    case 'L':
      return content.map(plain);
    case 'M':
      return Object.fromEntries(Object.entries(content).map(([name, member]) => [name, plain(member)]));
    case 'NS':
      return content.map(Number);
    case 'NULL':
      return null;
    default:
      return content;
  }
}

/** In one line. @param {any} value */
export function short(value) {
  if (value === undefined) {
    return '';
  }

  const content = plain(value);
  return typeof content === 'object' ? JSON.stringify(content) : String(content);
}
