// Sends one of everything with hot-shots; prints what became of it. Arguments: protocol, port.
'use strict';
const StatsD = require('hot-shots');

const [protocol, port] = process.argv.slice(2);
const client = new StatsD({
  host: '127.0.0.1',
  port: Number(port),
  protocol,
  prefix: `shots.${protocol}.`,
  globalTags: { client: 'hot-shots' },
  errorHandler: (error) => { console.error(error); process.exitCode = 1; },
});
client.increment('orders');
client.increment('orders', 4, { region: 'eu' });
client.decrement('orders', 2, { region: 'eu' });
client.gauge('queue', 17.5, { shard: '1' });
client.timing('latency', 120, { region: 'eu' });
client.timing('latency', 80, { region: 'eu' });
client.histogram('size', 1024);
client.distribution('weight', 2.5);
client.set('visitors', 'alice');
client.unique('visitors', 'bob');
client.set('visitors', 'alice');
client.check('db', client.CHECKS.WARNING, { message: 'slow' }, { region: 'eu' });
client.event('deploy', 'version 2 is out', { alert_type: 'success' });
// A rate of 0.5 in the hands of a random number: so many that some surely get through, and the server scales them up.
for (let i = 0; i < 200; i++) client.increment('sampled', 1, 0.5);
client.close((error) => { if (error) { console.error(error); process.exitCode = 1; } });
