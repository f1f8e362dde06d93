using System.Net;
using System.Text;
using System.Text.Json;

namespace MetricsGrains.Crash.Tests;

/// <summary>
/// Several clients, each with at most one request under way, which remember what became of every request. Only what the node answered
/// counts: no answer, or half of one, leaves the request in doubt.
/// </summary>
internal sealed class Senders(int seed, int count, bool runningTotals = true)
{
    /// <summary>One more than the clients: the test's own hand.</summary>
    private readonly PointSource[] _sources = [.. Enumerable.Range(0, count + 1).Select(i => new PointSource(seed, i, runningTotals))];
    private readonly List<SentRequest>[] _sent = [.. Enumerable.Range(0, count + 1).Select(_ => new List<SentRequest>())];
    private readonly Random _random = new(seed);

    /// <summary>A reply that must not be, if there was one.</summary>
    public string? Fault { get; private set; }

    /// <summary>Those sent so far: the clients may be adding to them.</summary>
    public IEnumerable<SentRequest> All => _sent.SelectMany(sent =>
    {
        lock (sent)
        {
            return sent.ToArray();
        }
    });

    public int FoundIn { get; private set; }

    public int FoundOut { get; private set; }

    public int SentAgain { get; private set; }

    public int Refused { get; private set; }

    public int CountOf(Fate fate) => All.Count(r => r.Fate == fate);

    /// <summary>All clients send until the node is gone, each its next request when the one before was answered.</summary>
    /// <param name="most">Requests a client sends at most, for an answer has at most 1,000 groups.</param>
    public Task SendAsync(CrashNode node, int round, int most, CancellationToken stop) => Task.WhenAll(_sources.Take(count).Select((source, i) => Task.Run(async () =>
    {
        for (int n = 0; n < most && !stop.IsCancellationRequested && Fault is null; n++)
        {
            SentRequest request = source.Next(round);
            Remember(i, request);
            if (!await PostAsync(node, request) || (n % 20 == 7 && !await RepeatAsync(node, request)))
            {
                return;
            }
            await Task.Delay(2, CancellationToken.None);
        }
    }, CancellationToken.None)));

    /// <summary>One request, beside those of the clients.</summary>
    /// <returns>What the node said to it; 0 when it said nothing.</returns>
    public Task<(int Status, string Error)> SendOneAsync(CrashNode node, int round) => SendAsync(node, _sources[^1].Next(round));

    /// <summary>As <see cref="SendOneAsync"/>, of so many samples that the log fills up.</summary>
    public Task<(int Status, string Error)> SendBulkAsync(CrashNode node, int round, int samples) => SendAsync(node, _sources[^1].Bulk(round, samples));

    /// <summary>As <see cref="SendOneAsync"/>, of so many late points that the memory for waiting rows fills up.</summary>
    public Task<(int Status, string Error)> SendLateAsync(CrashNode node, int round, int points) => SendAsync(node, _sources[^1].Late(round, points));

    private void Remember(int client, SentRequest request)
    {
        lock (_sent[client])
        {
            _sent[client].Add(request);
        }
    }

    private async Task<(int Status, string Error)> SendAsync(CrashNode node, SentRequest request)
    {
        Remember(_sent.Length - 1, request);
        (int status, JsonElement body) = await TryPostAsync(node, request);
        Settle(request, status, body);
        return (status, status is 200 or 0 ? "" : body.GetProperty("error").GetString()!);
    }

    /// <summary>
    /// Settles what was in doubt: every other request is sent again under its key, of the rest the marker says whether they are in. Some
    /// that were acknowledged are sent again too, as by a client that lost the answer.
    /// </summary>
    public async Task SettleAsync(CrashNode node)
    {
        foreach (SentRequest request in All.Where(r => r.Fate == Fate.InDoubt).ToList())
        {
            if (_random.Next(2) == 0)
            {
                Assert.True(await PostAsync(node, request) && request.Fate == Fate.In, $"{request.Key} was sent again and not taken: {Fault}");
                SentAgain++;
                continue;
            }
            await SettleByMarkerAsync(node, request);
        }
        foreach (List<SentRequest> sent in _sent)
        {
            if (sent.LastOrDefault(r => r.Fate == Fate.In) is { } acknowledged)
            {
                Assert.True(await RepeatAsync(node, acknowledged), $"{acknowledged.Key} was sent again and not taken: {Fault}");
            }
        }
    }

    /// <summary>As <see cref="SettleAsync"/>, at a node that does not know the keys of those requests: by their markers alone.</summary>
    public async Task SettleByMarkersAsync(CrashNode node)
    {
        foreach (SentRequest request in All.Where(r => r.Fate == Fate.InDoubt).ToList())
        {
            await SettleByMarkerAsync(node, request);
        }
    }

    private async Task SettleByMarkerAsync(CrashNode node, SentRequest request)
    {
        bool isIn = await CountOfMarkerAsync(node, request) > 0;
        request.Fate = isIn ? Fate.In : Fate.Out;
        (FoundIn, FoundOut) = (FoundIn + (isIn ? 1 : 0), FoundOut + (isIn ? 0 : 1));
    }

    private static async Task<double> CountOfMarkerAsync(CrashNode node, SentRequest request)
    {
        SentPoint marker = request.Marker;
        (int status, JsonElement answer) = await node.GetAsync($"/metrics?name={marker.Metric}&tags=series:{marker.Series}&stat=count&resolution=1m&from={marker.Ms - 60_000}&to={marker.Ms + 60_000}");
        return status == 404 ? 0 : answer.GetProperty("datapoints").EnumerateArray().Sum(p => p.GetProperty("value").GetDouble());
    }

    /// <summary>A request that was taken already: it must be answered in the same way and count once.</summary>
    private async Task<bool> RepeatAsync(CrashNode node, SentRequest request)
    {
        if (request.Fate != Fate.In)
        {
            return true;
        }
        (int status, JsonElement body) = await TryPostAsync(node, request);
        if (status is not (200 or 503 or 0) || (status == 200 && body.GetProperty("accepted").GetInt32() != request.Points.Count))
        {
            Fault = $"the repeated request {request.Key} was answered {status} {body}";
        }
        return status == 200;
    }

    /// <returns>Whether the node answered.</returns>
    private async Task<bool> PostAsync(CrashNode node, SentRequest request)
    {
        (int status, JsonElement body) = await TryPostAsync(node, request);
        Settle(request, status, body);
        return status != 0;
    }

    private void Settle(SentRequest request, int status, JsonElement body)
    {
        lock (_random)
        {
            switch (status)
            {
                case 0:
                    break;
                case 200 when body.GetProperty("accepted").GetInt32() == request.Points.Count:
                    request.Fate = Fate.In;
                    break;
                case 429 or 503:
                    // Refused is not in doubt: nothing of it may be in.
                    request.Fate = Fate.Out;
                    Refused++;
                    break;
                default:
                    Fault = $"the request {request.Key} of {request.Points.Count} points was answered {status} {body}";
                    break;
            }
        }
    }

    /// <returns>Status 0: no whole answer came.</returns>
    private static async Task<(int Status, JsonElement Body)> TryPostAsync(CrashNode node, SentRequest request)
    {
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/points") { Content = new StringContent(request.Body, Encoding.UTF8, "application/json") };
            message.Headers.Add("Idempotency-Key", request.Key);
            using HttpResponseMessage response = await node.Http.SendAsync(message);
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests && response.Headers.RetryAfter is null)
            {
                throw new InvalidOperationException($"{request.Key} was refused without Retry-After");
            }
            using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            return ((int)response.StatusCode, body.RootElement.Clone());
        }
        // The last: the node is dead, and its client was disposed of while this request was connecting.
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or TaskCanceledException { InnerException: HttpRequestException })
        {
            return (0, default);
        }
    }
}
