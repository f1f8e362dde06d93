using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace MetricsGrains.Browser.Tests;

/// <summary>A node whose pages of alerting have something to show in every part, with names and tags as long as people make them.</summary>
public sealed class AlertPagesFixture : AlertingFixture
{
    public const string FiringRule = "Checkout latency p99 is above what customers accept during the evening peak";

    private const string LongTag = "customer-facing-checkout-service-of-the-european-region-blue-deployment-7f9c4";

    /// <summary>Ids by name, for addresses.</summary>
    public Dictionary<string, string> Ids { get; } = [];

    protected override async Task<NodeProcess> StartNodeAsync()
    {
        NodeProcess node = await base.StartNodeAsync();
        SendHistory(node, "checkout.latency", i => 180 + (40 * Math.Sin(i / 4.0)) + (i < 6 ? 240 : 0), $"region:eu-central,service:{LongTag}", "region:us-east,service:cart");
        SendHistory(node, "disk.used_percent", i => 91 - (i / 3.0), "host:db-1");
        await node.SendUdpAndAwaitAsync("wrong.kind:1|g", "wrong.kind");
        await Poll.UntilAsync(() => node.KnowsAsync("checkout.latency"), "checkout.latency");
        await MakeAsync(node, "channels", new { name = "On-call pager of the platform team", type = "webhook", group_wait = "0s", secrets = new { url = "http://127.0.0.1:9/refuses-the-connection" } });
        await MakeAsync(node, "channels", new { name = "mail", type = "email", enabled = false, settings = new { smtp_host = "smtp.eu-central.example.com", username = "alerts", password = "hush", from = "metricsgrains-alerts@example.com", to = "platform-on-call@example.com, checkout-on-call@example.com" } });
        await MakeRulesAsync(node);
        await MakeSilencesAsync(node);
        await Poll.UntilAsync(async () => (await CountAsync(node, "state=firing")) >= 2 && await CountAsync(node, "state=pending") == 1, "rules to fire");
        await MakeAsync(node, $"alert-rules/{Ids[FiringRule]}/acknowledge", new { tags = new { region = "us-east", service = "cart" }, by = "Annemarie of the checkout team", note = "rolling back the deployment of this afternoon, see the incident channel" });
        return node;
    }

    private async Task MakeRulesAsync(NodeProcess node)
    {
        await MakeAsync(node, "alert-rules", new { name = FiringRule, metric_name = "checkout.latency", statistic = "last", threshold = 250, window_minutes = 5, group_by = new[] { "region", "service" }, severity = "critical", owner = "checkout", runbook_url = "https://runbooks.example.com/checkout", channels = new[] { "On-call pager of the platform team" }, message = "{{tags.service}} in {{tags.region}} is at {{value}}" });
        await MakeAsync(node, "alert-rules", new { name = "Disk fills", metric_name = "disk.used_percent", statistic = "max", threshold = 85, window_minutes = 10, group_by = new[] { "host" }, channels = new[] { "mail" } });
        await MakeAsync(node, "alert-rules", new Dictionary<string, object> { ["name"] = "Checkout is busy", ["metric_name"] = "checkout.latency", ["statistic"] = "last", ["threshold"] = 10, ["for"] = "12h", ["severity"] = "info" });
        await MakeAsync(node, "alert-rules", new { name = "Nightly report renders nothing", metric_name = "reports.nightly.rendered_invoice_pages_of_all_customers", threshold = 1 });
        await MakeAsync(node, "alert-rules", new { name = "Off", metric_name = "checkout.latency", threshold = 1, enabled = false });
    }

    private async Task MakeSilencesAsync(NodeProcess node)
    {
        await MakeAsync(node, "silences", new { matchers = new[] { "alertname=Disk fills", "host=~db-(1|2|3|4|5|6|7|8|9)\\.eu-central\\.example\\.com|db-1" }, duration = "4h", created_by = "Benedikt", comment = "the volume is being grown; https://tickets.example.com/browse/OPS-4711?focusedCommentId=1234567890123456789" });
        await MakeAsync(node, "silences", new { matchers = new[] { "service=cart" }, from = "2030-01-01T00:00:00Z", to = "2031-01-01T00:00:00Z", created_by = "cleo", comment = "weekly maintenance", recurrence = new { days = new[] { "sunday", "wednesday" }, start = "02:00", length = "4h", time_zone = "Europe/Berlin" } });
    }

    private async Task MakeAsync(NodeProcess node, string path, object body)
    {
        using HttpResponseMessage made = await node.Http.PostAsJsonAsync("api/v1/" + path, body);
        string text = await made.Content.ReadAsStringAsync();
        Assert.True(made.IsSuccessStatusCode, text);
        JsonElement data = JsonDocument.Parse(text).RootElement.GetProperty("data");
        Ids[data.TryGetProperty("name", out JsonElement name) ? name.GetString()! : path] = data.GetProperty("id").GetString()!;
    }

    private static async Task<int> CountAsync(NodeProcess node, string query) => (await node.Http.GetFromJsonAsync<JsonElement>("api/v1/alert-rules?" + query)).GetProperty("data").GetArrayLength();

    /// <summary>One value a minute of the last hour, the newest of half a minute ago.</summary>
    private static void SendHistory(NodeProcess node, string metric, Func<int, double> value, params string[] tags)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 30;
        foreach (string tag in tags)
        {
            // In packets that any network takes.
            foreach (int[] part in Enumerable.Range(0, 60).Chunk(5))
            {
                node.SendUdp(string.Join('\n', part.Select(i => string.Create(CultureInfo.InvariantCulture, $"{metric}:{value(i):0.0}|g|#{tag}|T{now - (i * 60)}"))));
            }
        }
    }
}
