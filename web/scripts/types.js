// npm run types -- SOURCE [--check]: src/lib/api/schema.ts from the server's OpenAPI document, which is a file or the URL of a
// server. With --check nothing is written: the exit code says whether what is committed is still what the document says.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const words = process.argv.slice(2);
const source = words.find((word) => !word.startsWith('--'));
if (!source) {
  console.error('usage: npm run types -- FILE|http://SERVER [--check]');
  process.exit(2);
}
const document = /^https?:/.test(source) ? new URL('/api/v1/openapi.json', source) : pathToFileURL(resolve(source));
const target = new URL('../src/lib/api/schema.ts', import.meta.url);
const ast = await openapiTS(document, { alphabetize: true, arrayLength: true });
const text = `// Generated from the OpenAPI document by \`npm run types\`. Not edited by hand.\n\n${astToString(ast)}`;

if (!words.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/lib/api/schema.ts is not what the server says: run `npm run types` against it');
  process.exit(1);
} else console.log('src/lib/api/schema.ts is what the server says');
