using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetricsGrains.Node.Tests;

/// <summary>Ways to read from a node.</summary>
internal static class Reading
{
    public static async Task<JsonElement> GetJsonAsync(this NodeProcess node, string path)
    {
        using HttpResponseMessage response = await node.Http.GetAsync(new Uri(path, UriKind.Relative));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Status and body of a request that need not succeed.</summary>
    public static async Task<(int Status, JsonElement Body)> TryGetJsonAsync(this NodeProcess node, string path)
    {
        using HttpResponseMessage response = await node.Http.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>An answer without what may differ from one moment to the next: how fresh it is and where it came from.</summary>
    public static async Task<string> LastingAsync(this NodeProcess node, string path)
    {
        JsonObject answer = JsonNode.Parse((await node.GetJsonAsync(path)).GetRawText())!.AsObject();
        answer.Remove("meta");
        return answer.ToJsonString();
    }

    /// <summary>The values of GET /metrics?name=…, added up. 0 while the metric is unknown.</summary>
    public static async Task<double> TotalAsync(this NodeProcess node, string name, string stat, string rest)
    {
        (int status, JsonElement answer) = await node.TryGetJsonAsync($"/metrics?name={name}&stat={stat}&{rest}");
        return status == 404 ? 0 : answer.GetProperty("datapoints").EnumerateArray().Sum(p => p.GetProperty("value").GetDouble());
    }

    /// <summary>Adds up a family of the node's exposition.</summary>
    /// <param name="label">Such as <c>reason="bad_value"</c>; empty: all.</param>
    public static async Task<double> ExposedAsync(this NodeProcess node, string family, string label = "")
    {
        string text = await node.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return text.Split('\n')
            .Where(l => l.StartsWith(family, StringComparison.Ordinal) && l.Length > family.Length && l[family.Length] is '{' or ' ' && l.Contains(label, StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Trim(), CultureInfo.InvariantCulture));
    }

    public static Task<double> RejectedAsync(this NodeProcess node, string reason) => node.ExposedAsync("metricsgrains_ingest_rejected_total", $"reason=\"{reason}\"");

    public static string Bucket(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
