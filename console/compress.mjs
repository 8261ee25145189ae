// Makes the smaller forms of the build's files beside them, which the server sends to who takes them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const folder = join(import.meta.dirname, 'dist/assets');
const worthIt = /\.(css|js|json|svg|txt|webmanifest)$/;

for (const name of readdirSync(folder).filter((name) => worthIt.test(name))) {
  const path = join(folder, name);
  const plain = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(plain));
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
}
