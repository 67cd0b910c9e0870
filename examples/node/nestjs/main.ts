/** The /rtc routes in NestJS. `tsx main.ts 3000 30000`: the port, and the heartbeat's interval in milliseconds. */
import 'reflect-metadata';
import { Controller, Get, Inject, Module, type MiddlewareConsumer, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createRtcServer, nodeHandler, RtcServer } from '@rtc-platform/rtc-server';

const [port = 3000, heartbeatIntervalMs = 30_000] = process.argv.slice(2).map(Number);

@Controller('rooms')
class RoomsController {
  constructor(@Inject(RtcServer) private readonly rtc: RtcServer) {}

  @Get()
  rooms(): string[] {
    return this.rtc.rooms();
  }
}

@Module({
  controllers: [RoomsController],
  providers: [{ provide: RtcServer, useFactory: () => createRtcServer({ heartbeatIntervalMs }) }],
})
class AppModule implements OnApplicationShutdown {
  constructor(@Inject(RtcServer) private readonly rtc: RtcServer) {
    rtc.on('peer:disconnected', ({ roomId, peerId, reason }) => console.log(`${peerId} left ${roomId}: ${reason}`));
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(nodeHandler(this.rtc)).forRoutes('*');
  }

  onApplicationShutdown(): void {
    this.rtc.close();
  }
}

const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.enableShutdownHooks();
await app.listen(port, '127.0.0.1');
console.log(`listening on ${await app.getUrl()}`);
