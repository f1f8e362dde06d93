using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>Clients that send to every silo for as long as something is wrong, and what must be true of their points afterwards.</summary>
internal sealed class FaultRun
{
    private const int Clients = 2;

    // Requests that a client sends in a row: a fault lasts a minute, and a client's markers must fit into one answer of 1,000 groups.
    private const int InARow = 3;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly int _seed = TestSetting.Number("MG_CRASH_SEED", Random.Shared.Next(100_000));
    private readonly SiloCluster _cluster;
    private readonly PostgresCrashStore _store;
    private readonly Senders[] _senders;

    public FaultRun(SiloCluster cluster, PostgresCrashStore store)
    {
        (_cluster, _store) = (cluster, store);
        _senders = [.. Enumerable.Range(0, SiloCluster.Places).Select(place => new Senders((_seed * SiloCluster.Places) + place, Clients, runningTotals: false))];
    }

    public int Acknowledged => _senders.Sum(s => s.CountOf(Fate.In));

    public string Output => string.Join('\n', _cluster.Silos.Select(s => $"--- silo {s.Key}\n{s.Value.Output}"));

    /// <summary>Sends to every silo from before the fault until after it.</summary>
    public async Task SendDuringAsync(Func<Task> fault)
    {
        using var stop = new CancellationTokenSource();
        Task[] sending = [.. Enumerable.Range(0, SiloCluster.Places).Select(place => SendAsync(place, stop.Token))];
        try
        {
            await WaitForMoreAsync(50);
            await fault();
            await WaitForMoreAsync(50);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(sending);
        }
    }

    /// <summary>Waits until so many more requests are acknowledged.</summary>
    public async Task WaitForMoreAsync(int requests)
    {
        int before = Acknowledged;
        await Eventually.TrueAsync(() => Task.FromResult(Acknowledged >= before + requests), () => $"{requests} requests are acknowledged, beside {before}\n{Output}");
    }

    /// <summary>Everything acknowledged counts once: at every silo now, and in the store once the minutes of all samples are over.</summary>
    public async Task CheckAsync(ITestOutputHelper output, string what)
    {
        string context = $"MG_CRASH_SEED={_seed}, {what}";
        await _cluster.SettleAsync();
        foreach ((int place, CrashNode silo) in _cluster.Silos)
        {
            await _senders[place].SettleAsync(silo);
            Assert.True(_senders[place].Fault is null, $"{context}: {_senders[place].Fault}");
        }
        await _cluster.SettleAsync();
        var expected = new Expected(_senders.SelectMany(s => s.All));
        output.WriteLine($"{context}: requests in {Acknowledged}, refused {_senders.Sum(s => s.Refused)}, in doubt and found in {_senders.Sum(s => s.FoundIn)}, found out {_senders.Sum(s => s.FoundOut)}, sent again {_senders.Sum(s => s.SentAgain)}; samples {expected.Count}");
        foreach ((int place, CrashNode silo) in _cluster.Silos)
        {
            Agreement.Check(await new ApiComparison(silo, expected).DifferenceAsync(), $"{context}, asked at silo {place}\n{Output}");
        }
        // Minutes are written when they are over, and some samples are two minutes ahead.
        await Task.Delay(TimeSpan.FromMinutes(2));
        await Eventually.SameAsync(() => StoreComparison.DifferenceAsync(_store, expected), context + "\n" + Output);
    }

    private async Task SendAsync(int place, CancellationToken stop)
    {
        for (int round = 0; !stop.IsCancellationRequested; round++)
        {
            await _senders[place].SendAsync(_cluster.At(place), round % 100, InARow, stop);
            await Task.Delay(s_pause, CancellationToken.None);
        }
    }
}
