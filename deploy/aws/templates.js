'use strict';

// Synthesizes everything and replaces the committed templates.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

// JSON with what fits into a line on one: to be read, and compared line by line.
function write(value, indent = '', used = 0) {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (value === null || typeof value !== 'object' || indent.length + used + flat.length <= 110) {
    return flat;
  }
  const deeper = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const items = Array.isArray(value)
    ? value.map((item) => deeper + write(item, deeper))
    : Object.entries(value).map(([key, item]) => {
      const name = `${JSON.stringify(key)}: `;
      return deeper + name + write(item, deeper, name.length);
    });
  return `${open}\n${items.join(',\n')}\n${indent}${close}`;
}

const suffix = '.template.json';
const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'almanac-aws-'));
try {
  execFileSync(process.execPath, [path.join(__dirname, 'app.js')], {
    env: { ...process.env, CDK_OUTDIR: outdir },
    stdio: 'inherit',
  });
  for (const file of fs.readdirSync(outdir).filter((name) => name.endsWith(suffix))) {
    const template = JSON.parse(fs.readFileSync(path.join(outdir, file), 'utf8'));
    const target = path.join(__dirname, 'templates', `${path.basename(file, suffix)}.json`);
    fs.writeFileSync(target, `${write(template)}\n`);
  }
} finally {
  fs.rmSync(outdir, { recursive: true });
}
