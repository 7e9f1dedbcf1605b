// Asks each server that the first argument names, by gamedig, and prints what was heard, in order.
import { GameDig } from 'gamedig';

const known = (value) => (value === undefined || value === null || value === '' ? null : value);
const answers = [];
for (const { type, port } of JSON.parse(process.argv[2])) {
  try {
    const heard = await GameDig.query({
      type,
      host: '127.0.0.1',
      address: '127.0.0.1',
      port,
      givenPortOnly: true,
      socketTimeout: 10_000,
      attemptTimeout: 30_000,
      maxRetries: 1,
    });
    answers.push({
      name: known(heard.name),
      map: known(heard.map),
      players: Number(heard.numplayers),
      max: Number(heard.maxplayers),
      version: known(heard.version),
      names: heard.players.map((player) => player.name ?? '').filter((name) => name !== ''),
    });
  } catch (error) {
    answers.push({ error: String(error) });
  }
}
console.log(JSON.stringify(answers));
process.exit(0);
