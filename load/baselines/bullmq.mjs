// Webhook intake and processing on Fastify, BullMQ and better-sqlite3: what a Node orchestrator of livestreams does.
// A webhook is verified with LiveKit's own SDK, put into a Redis queue under its id, and answered; workers apply it to
// the stream's rows and note its id in one transaction. Redis keeps an append-only file, synced before each answer.
import { createHash } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import Database from 'better-sqlite3';
import Fastify from 'fastify';
import { WebhookReceiver } from 'livekit-server-sdk';

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const CONCURRENCY = 10;

const db = new Database(process.env.DATABASE_FILE ?? ':memory:');
db.pragma('journal_mode = WAL');
db.pragma('synchronous = NORMAL');
db.exec(`
  CREATE TABLE IF NOT EXISTS streams (
    room TEXT PRIMARY KEY, viewers INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    peak INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS participants (
    sid TEXT PRIMARY KEY, room TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    joined_at INTEGER, left_at INTEGER);
  CREATE INDEX IF NOT EXISTS participants_by_room ON participants (room, user_id);
  CREATE TABLE IF NOT EXISTS processed (id TEXT PRIMARY KEY, at INTEGER NOT NULL);`);

const note = db.prepare('INSERT OR IGNORE INTO processed (id, at) VALUES (?, ?)');
const stream = db.prepare('INSERT OR IGNORE INTO streams (room, updated_at) VALUES (?, ?)');
const enter = db.prepare(`INSERT INTO participants (sid, room, user_id, name, status, joined_at)
  VALUES (@sid, @room, @userId, @name, 'JOINED', @at) ON CONFLICT (sid) DO NOTHING`);
const leave = db.prepare("UPDATE participants SET status = 'LEFT', left_at = ? WHERE sid = ? AND status = 'JOINED'");
const joined = db.prepare(`UPDATE streams SET viewers = viewers + 1, total = total + 1,
  peak = max(peak, viewers + 1), updated_at = ? WHERE room = ?`);
const left = db.prepare('UPDATE streams SET viewers = max(0, viewers - 1), updated_at = ? WHERE room = ?');

const apply = db.transaction((event) => {
  const at = Date.now();
  if (note.run(event.id, at).changes === 0) return;
  const { room: { name: room }, participant } = event;
  stream.run(room, at);
  if (event.event === 'participant_joined') {
    const row = { sid: participant.sid, room, userId: participant.identity, name: participant.name ?? '', at };
    if (enter.run(row).changes > 0) joined.run(at, room);
  } else if (event.event === 'participant_left') {
    if (leave.run(at, participant.sid).changes > 0) left.run(at, room);
  }
});

const queue = new Queue('webhooks', { connection });
let processed = 0;
const worker = new Worker('webhooks', async (job) => apply(job.data), { connection, concurrency: CONCURRENCY });
worker.on('completed', () => (processed += 1));
worker.on('failed', (_, error) => console.error(error));
await worker.waitUntilReady();

const receiver = new WebhookReceiver(process.env.APP_ID, process.env.APP_SECRET);
const app = Fastify({ logger: false, bodyLimit: 256 * 1024 });
app.addContentTypeParser('application/webhook+json', { parseAs: 'string' }, (_, body, done) => done(null, body));

app.post('/api/v1/webhooks/livekit', async (request, reply) => {
  try {
    await receiver.receive(request.body, request.headers.authorization);
  } catch {
    return reply.code(401).send({ success: false, error: { code: 'UNAUTHORIZED', message: 'the signature is wrong' } });
  }
  const event = JSON.parse(request.body);
  // BullMQ's own ids may hold no colon; a digest keeps any id safe.
  const jobId = createHash('sha256').update(event.id).digest('base64url');
  await queue.add(event.event, event, {
    jobId, attempts: 3, backoff: { type: 'exponential', delay: 1000 }, removeOnComplete: { age: 86_400, count: 10_000 },
  });
  return { success: true };
});

// How far processing is, in the shape that rtc-platform's /health has it.
app.get('/health', async () => {
  const { waiting, active, delayed, failed } = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
  return { components: { queue: { details: { waiting, active, delayed, failed, completed: processed } } } };
});

const address = await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1', backlog: 4096 });
console.log(`listening ${new URL(address).port}`);
