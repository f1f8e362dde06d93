using MetricsGrains.Crash.Tests.Stores;

namespace MetricsGrains.Crash.Tests;

/// <summary>Says what differs.</summary>
internal static class Agreement
{
    /// <param name="difference">Null: none.</param>
    public static void Check(string? difference, string context) => Assert.True(difference is null, $"{difference}\n{context}");

    /// <summary>API, then stop, then store.</summary>
    public static async Task CheckAllAsync(CrashNode node, ICrashStore store, Senders senders, string context)
    {
        Assert.True(senders.Fault is null, $"{senders.Fault}\n{context}");
        var expected = new Expected(senders.All);
        Assert.True(expected.Count > 0, "nothing was acknowledged: " + context);
        var api = new ApiComparison(node, expected);
        Check(await api.DifferenceAsync(), context + "\n" + node.Output);
        await Eventually.SameAsync(api.RawDifferenceAsync, context);
        Assert.Equal(0, await node.StopAsync());
        Check(await StoreComparison.DifferenceAsync(store, expected), context);
    }
}
