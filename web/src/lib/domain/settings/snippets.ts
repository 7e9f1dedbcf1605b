// What other programs are told, with this installation's own address.
export interface Snippets {
  curl: string;
  prometheus: string;
  grafana: string;
  homeassistant: string;
  homepage: string;
  homarr: string;
  status: string;
}

/** `base` ends with a slash. */
export function snippets(base: string): Snippets {
  const url = new URL(base);
  const alerts = `${base}api/hp/alerts?state=firing`;
  return {
    curl: `curl -H 'X-API-Token: THE_TOKEN' ${base}\ncurl -H 'X-API-Token: THE_TOKEN' ${base}api/hp/fleet`,
    prometheus: `- job_name: homepulse
  scheme: ${url.protocol.slice(0, -1)}
  metrics_path: ${url.pathname}metrics
  authorization: { credentials: THE_TOKEN }
  static_configs: [{ targets: ["${url.host}"] }]`,
    grafana: 'topk(5, pve_cpu_usage_ratio)',
    homeassistant: `rest:
  - resource: ${alerts}
    headers: { X-API-Token: THE_TOKEN }
    sensor:
      - name: homepulse alerts
        value_template: "{{ value_json.alerts | length }}"`,
    homepage: `- homepulse:
    href: ${base}
    widget:
      type: customapi
      url: ${alerts}
      headers: { X-API-Token: THE_TOKEN }
      mappings:
        - { field: alerts, label: Alerts, format: size }`,
    homarr: `${base}readyz`,
    status: `${base}status`,
  };
}
