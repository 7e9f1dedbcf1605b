// Words of pages that are fetched when they are first asked for.
export { admin } from './en/admin';
export { backups } from './en/backups';
export { care } from './en/care';
export { channel } from './en/channel';
export { delivery } from './en/delivery';
export { control, detail } from './en/detail';
export { ledger } from './en/ledger';
export { routing } from './en/routing';
export { rules } from './en/rules';
export { silence } from './en/silence';
export { statusPage } from './en/statusPage';
export { waits } from './en/waits';
