// Room creation on Fastify and better-sqlite3: schema-checked body, app credentials in headers, one committed row.
// Durability is that of rtc-platform's SQLite: write-ahead log, synchronous NORMAL.
import { randomUUID, timingSafeEqual } from 'node:crypto';
import Database from 'better-sqlite3';
import Fastify from 'fastify';

const APP_ID = process.env.APP_ID ?? '';
const APP_SECRET = Buffer.from(process.env.APP_SECRET ?? '');
const BODY_BYTES_MAX = 256 * 1024;

const db = new Database(process.env.DATABASE_FILE ?? ':memory:');
db.pragma('journal_mode = WAL');
db.pragma('synchronous = NORMAL');
db.exec(`CREATE TABLE IF NOT EXISTS rooms (
  id TEXT PRIMARY KEY, app_id TEXT NOT NULL, name TEXT NOT NULL, max_participants INTEGER NOT NULL,
  topology TEXT NOT NULL, metadata TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`);
db.exec('CREATE INDEX IF NOT EXISTS rooms_by_app ON rooms (app_id, created_at)');
const insert = db.prepare(`INSERT INTO rooms VALUES
  (@id, @appId, @name, @maxParticipants, @topology, @metadata, @createdAt, @updatedAt)`);

const body = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 120 },
    maxParticipants: { type: 'integer', minimum: 2, maximum: 1000, default: 2 },
    topology: { type: 'string', enum: ['p2p', 'sfu', 'auto'], default: 'auto' },
    metadata: { type: 'object', additionalProperties: true, default: {} },
  },
};
const room = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    appId: { type: 'string' },
    name: { type: 'string' },
    maxParticipants: { type: 'integer' },
    topology: { type: 'string' },
    metadata: { type: 'object', additionalProperties: true },
    createdAt: { type: 'string' },
    updatedAt: { type: 'string' },
    participants: { type: 'integer' },
  },
};

const app = Fastify({ logger: false, bodyLimit: BODY_BYTES_MAX });

app.addHook('onRequest', (request, reply, done) => {
  reply.header('x-request-id', randomUUID());
  const given = Buffer.from(String(request.headers['x-app-secret']));
  const known = request.headers['x-app-id'] === APP_ID
    && given.length === APP_SECRET.length && timingSafeEqual(given, APP_SECRET);
  if (known) return done();
  reply.code(401).send({ error: { code: 'UNAUTHORIZED', message: 'x-app-id and x-app-secret are needed' } });
});

app.post('/rooms', { schema: { body, response: { 201: room } } }, (request, reply) => {
  const { name, maxParticipants, topology, metadata } = request.body;
  const now = new Date().toISOString();
  const row = { id: randomUUID(), appId: APP_ID, name, maxParticipants, topology, createdAt: now, updatedAt: now };
  insert.run({ ...row, metadata: JSON.stringify(metadata) });
  reply.code(201).send({ ...row, metadata, participants: 0 });
});

const address = await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1', backlog: 4096 });
console.log(`listening ${new URL(address).port}`);
