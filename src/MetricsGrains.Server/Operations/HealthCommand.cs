using System.CommandLine;
using System.Net;
using System.Text.Json;
using MetricsGrains.Server.Options;

namespace MetricsGrains.Server.Operations;

/// <summary>metricsgrains health: what a container's health check runs, where the image has no other program that speaks HTTP.</summary>
internal static class HealthCommand
{
    public const string Name = "health";

    /// <summary>Longer than a node takes to say that it is not ready (two seconds at most, where it is the store that does not answer).</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private static readonly Option<string> s_url = new("--url") { Description = "The node's address. Without it: this machine, at the port that the settings name.", HelpName = "http://HOST:PORT" };
    private static readonly Option<bool> s_live = new("--live") { Description = "Ask only whether it answers, not whether it is ready." };

    public static Command Create(OperatorContext context)
    {
        var command = new Command(Name, "Ask a running node whether it is ready. Ends with 0 when it is, with 1 when it is not or does not answer.") { s_url, s_live };
        command.SetAction((parsed, cancel) => context.RunAsync(options => RunAsync(context, options, parsed, cancel)));
        return command;
    }

    private static async Task<int> RunAsync(OperatorContext context, NodeOptions options, ParseResult parsed, CancellationToken cancel)
    {
        string? given = parsed.GetValue(s_url);
        if (given is null && options.Http.Port == 0)
        {
            return await OperatorContext.UsageAsync($"{NodeOptions.Section}:Http:Port is 0, so the node chose its port itself: name it with --url.");
        }
        if (!Uri.TryCreate(given ?? OwnAddress(options), UriKind.Absolute, out Uri? node) || node.Scheme is not ("http" or "https"))
        {
            return await OperatorContext.UsageAsync($"--url: '{given}' must be an address like http://localhost:8080.");
        }
        var address = new Uri(node, parsed.GetValue(s_live) ? "/health/live" : "/health/ready");
        using var patience = new CancellationTokenSource(s_patience, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        // What the environment names as a proxy is the way to other machines.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(address, either.Token);
            string text = Describe(await answer.Content.ReadAsStringAsync(either.Token));
            await (answer.IsSuccessStatusCode ? Console.Out : Console.Error).WriteLineAsync(answer.IsSuccessStatusCode ? text : $"{address}: {(int)answer.StatusCode} {text}");
            return answer.IsSuccessStatusCode ? ExitCode.Done : ExitCode.Failed;
        }
        catch (HttpRequestException error)
        {
            await Console.Error.WriteLineAsync($"{address}: {error.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"{address}: no answer within {Durations.Format(s_patience)}.");
            return ExitCode.Failed;
        }
    }

    private static string OwnAddress(NodeOptions options) => new UriBuilder("http", options.Address == "*" ? IPAddress.Loopback.ToString() : options.Address, options.Http.Port).ToString();

    /// <summary>Status, reason and warnings of the node's answer, a line each; of anything else the beginning, as it is.</summary>
    private static string Describe(string body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            return string.Join('\n', json.RootElement.EnumerateObject().SelectMany(p => p.Value.ValueKind == JsonValueKind.Array ? p.Value.EnumerateArray().Select(v => v.ToString()) : [p.Value.ToString()]).Where(t => t.Length > 0));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return body.Length > 200 ? body[..200] : body;
        }
    }
}
