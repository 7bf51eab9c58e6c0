// npm run types -- openapi.json: writes src/lib/api/schema.ts from the server's OpenAPI document.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const document = process.argv[2];
if (!document) {
  console.error('usage: npm run types -- FILE');
  process.exit(2);
}
const ast = await openapiTS(pathToFileURL(resolve(document)), { alphabetize: true });
const head = '// Generated from the OpenAPI document by `npm run types`. Not edited by hand.\n\n';
writeFileSync(new URL('../src/lib/api/schema.ts', import.meta.url), head + astToString(ast));
