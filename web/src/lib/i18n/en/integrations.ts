// Other programs that can use what homepulse knows.
export const integrations = {
  title: 'Integrations',
  text: 'Ready to paste. Where THE_TOKEN stands, put an API token that may read; make one of its own for each program.',
  make: 'Make a token',
  reference: 'All that can be asked',
  send: 'What Proxmox sends by itself',
  noHost: 'This needs a Proxmox VE host among the targets.',
  list: {
    curl: { name: 'A terminal', text: 'How everything is, as text; the second one as JSON.' },
    prometheus: { name: 'Prometheus', text: 'Below scrape_configs. The families pve_* are named as by prometheus-pve-exporter.' },
    grafana: { name: 'Grafana', text: 'With Prometheus as its data source, dashboards made for prometheus-pve-exporter show what homepulse measures. A panel of your own:' },
    homeassistant: { name: 'Home Assistant', text: 'In configuration.yaml: how many alerts are firing.' },
    homepage: { name: 'Homepage', text: 'In services.yaml.' },
    homarr: { name: 'Homarr and others that ping', text: 'This address answers 200 while homepulse and its database are well; it needs no token.' },
    status: { name: 'A page for everybody', text: 'Needs neither an account nor JavaScript; set up under Status page.' },
  },
};
