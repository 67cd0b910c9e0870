// Writes docs/embedded/api-*.md from the declarations in dist. `--check`: says which of them are stale instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../../..');
const PAGES = [
  ['api-server.md', '@rtc-platform/rtc-server', [['', 'packages/rtc-server/dist/index.d.ts']]],
  [
    'api-client.md',
    '@rtc-platform/rtc-client',
    [
      ['', 'packages/rtc-client/dist/index.d.ts'],
      ['/react', 'packages/rtc-client/dist/react.d.ts'],
    ],
  ],
];

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
const isHidden = (node) => ts.isPrivateIdentifier(node.name ?? {}) || node.name?.getText?.() === 'prototype';

/** The text of a doc comment, its `@throws` included. */
function docOf(node) {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map((doc) => {
      const tags = (doc.tags ?? []).map((tag) => {
        const about = ts.getTextOfJSDocComment(tag.comment) ?? '';
        // The parser takes the type that follows `@throws` for a part of the tag.
        const type = tag.typeExpression?.getText() ?? '';
        return `${tag.tagName.text === 'throws' ? 'Throws' : tag.tagName.text} ${type} ${about}`.replace(/\s+/g, ' ').trim();
      });
      return [ts.getTextOfJSDocComment(doc.comment) ?? '', ...tags].filter((text) => text !== '').join('. ');
    })
    .join(' ')
    .replace(/\.\. /g, '. ')
    .replace(/\s+/g, ' ');
}

/** A declaration without its comments, on one line. */
function signature(node, file) {
  const printed = ts.createPrinter({ removeComments: true }).printNode(ts.EmitHint.Unspecified, node, file);
  return printed
    .replace(/^export (declare )?/, '')
    .replace(/\s+/g, ' ')
    .replace(/;$/, '');
}

function members(node) {
  if (ts.isTypeAliasDeclaration(node)) return ts.isTypeLiteralNode(node.type) ? node.type.members : [];
  return (node.members ?? []).filter((member) => !isHidden(member));
}

function render(node, file) {
  const lines = [`### ${node.name.text}`, ''];
  const doc = docOf(node);
  if (doc) lines.push(doc, '');
  const list = [...members(node)];
  if (list.length === 0) lines.push('```ts', signature(node, file), '```', '');
  else {
    lines.push('| member | |', '|---|---|');
    for (const member of list) {
      const code = signature(member, file).replaceAll('|', '\\|');
      lines.push(`| \`${code}\` | ${docOf(member).replaceAll('|', '\\|')} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

function section(name, path) {
  const file = ts.createSourceFile(path, readFileSync(resolve(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const named = file.statements.filter((node) => isExported(node) && node.name);
  const isCode = (node) => ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
  const ordered = [...named.filter(isCode), ...named.filter((node) => !isCode(node))];
  return `## ${name}\n\n${ordered.map((node) => render(node, file)).join('\n')}`;
}

let stale = false;
for (const [page, name, entries] of PAGES) {
  const intro = `# ${name}: API reference\n\nGenerated from the package's declarations by \`npm run reference -w packages/rtc-server\`. Do not edit.\n\n`;
  const fresh = `${intro}${entries.map(([sub, path]) => section(`${name}${sub}`, path)).join('\n').trimEnd()}\n`;
  const path = resolve(root, 'docs/embedded', page);
  if (!process.argv.includes('--check')) writeFileSync(path, fresh);
  else if (readFileSync(path, 'utf8') !== fresh) {
    console.error(`docs/embedded/${page} is stale: run \`npm run reference -w packages/rtc-server\` and commit the result`);
    stale = true;
  }
}
process.exitCode = stale ? 1 : 0;
