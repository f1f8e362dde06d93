using System.Net;
using System.Net.Sockets;
using MetricsGrains.Server.Alerting;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>Against a real listener; it counts requests and answers as told.</summary>
public sealed class HeartbeatTests : IDisposable
{
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));
    private readonly HttpListener _service = new();
    private readonly string _url;
    private int _requests;
    private volatile int _status = 200;

    public HeartbeatTests()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        _url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/ping/";
        probe.Stop();
        _service.Prefixes.Add(_url);
        _service.Start();
        _ = AnswerAsync();
    }

    public void Dispose() => _service.Close();

    [Fact]
    public async Task Run_RulesAreEvaluated_CallsTheServiceAgainAndAgain()
    {
        using Heartbeat heartbeat = New(() => _time.NowMs - 1_000);
        await RunUntilAsync(heartbeat, () => heartbeat.Sent >= 3);
        Assert.Equal(0, heartbeat.Failed);
    }

    [Fact]
    public async Task Run_RulesAreNotEvaluated_IsSilent()
    {
        int asked = 0;
        using Heartbeat heartbeat = New(() =>
        {
            asked++;
            return _time.NowMs - 121_000;
        });
        await RunUntilAsync(heartbeat, () => asked >= 3);
        Assert.Equal((0L, 0), (heartbeat.Sent, Volatile.Read(ref _requests)));
    }

    [Fact]
    public async Task Run_AnotherNodeEvaluates_IsSilent()
    {
        int asked = 0;
        using Heartbeat heartbeat = New(() =>
        {
            asked++;
            return null;
        });
        await RunUntilAsync(heartbeat, () => asked >= 3);
        Assert.Equal((0L, 0), (heartbeat.Sent, Volatile.Read(ref _requests)));
    }

    [Fact]
    public async Task Run_ServiceFails_CountsAndGoesOn()
    {
        _status = 500;
        using Heartbeat heartbeat = New(() => _time.NowMs);
        await RunUntilAsync(heartbeat, () =>
        {
            _status = heartbeat.Failed >= 2 ? 200 : 500;
            return heartbeat.Sent >= 1;
        });
        Assert.True(heartbeat.Failed >= 2);
    }

    private Heartbeat New(Func<long?> lastRound) => new(
        new AlertingOptions { HeartbeatUrl = _url, HeartbeatInterval = TimeSpan.FromMilliseconds(20) }, lastRound, _time, NullLogger<Heartbeat>.Instance);

    private static async Task RunUntilAsync(Heartbeat heartbeat, Func<bool> enough)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        Task run = heartbeat.RunAsync(stop.Token);
        while (!enough())
        {
            await Task.Delay(5, stop.Token);
        }
        await stop.CancelAsync();
        await run;
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _service.GetContextAsync();
                Interlocked.Increment(ref _requests);
                context.Response.StatusCode = _status;
                context.Response.Close();
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
        }
    }
}
