// A Minecraft server on a free port of 127.0.0.1 with one player on it; prints the port.
import protocol from 'minecraft-protocol';

const version = '1.16.1';
const server = protocol.createServer({
  host: '127.0.0.1',
  port: 0,
  version,
  motd: 'Attic',
  maxPlayers: 7,
  'online-mode': false,
});
server.on('listening', () => {
  const { port } = server.socketServer.address();
  const client = protocol.createClient({ host: '127.0.0.1', port, version, username: 'ada', auth: 'offline' });
  client.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  client.on('success', () => console.log(port));
});
// Whoever started this has it end with them.
process.stdin.on('end', () => process.exit(0)).resume();
