using Npgsql;
using static MetricsGrains.Storage.Tests.Postgres.Cluster.ClusterDatabase;

namespace MetricsGrains.Storage.Tests.Postgres.Cluster;

/// <summary>What Orleans' reminder service may rely on: every part of the ring finds its reminders, and only the version seen is deleted.</summary>
public sealed class ClusterReminderTests : ClusterTestBase
{
    private static readonly DateTime s_start = new(2025, 3, 10, 12, 0, 0, DateTimeKind.Utc);

    [PostgresFact]
    public async Task Upsert_NewAndAgain_IsReadBackAndMovesTheVersion()
    {
        int first = await UpsertAsync("alert/1", "tick", 7, s_start, Int("Period", 60_000));
        IReadOnlyDictionary<string, object?> row = Assert.Single(await ReadAsync("alert/1", "tick"));
        Assert.Equal(("alert/1", "tick", s_start, 60_000L, first), (row["GrainId"], row["ReminderName"], row["StartTime"], row["Period"], row["Version"]));
        // Periods over 24 days come as 64 bits.
        int second = await UpsertAsync("alert/1", "tick", 7, s_start.AddTicks(10), Long("Period", 3_000_000_000L));
        Assert.NotEqual(first, second);
        row = Assert.Single(await ReadAsync("alert/1", "tick"));
        Assert.Equal((s_start.AddTicks(10), 3_000_000_000L, second), (row["StartTime"], row["Period"], row["Version"]));
    }

    [PostgresFact]
    public async Task Upsert_ManyAtOnce_EachIsAVersion()
    {
        int[] versions = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => UpsertAsync("alert/1", "tick", 7))));
        Assert.Equal(12, versions.Distinct().Count());
        Assert.Equal(versions.Max(), Assert.Single(await ReadAsync("alert/1", "tick"))["Version"]);
    }

    [PostgresFact]
    public async Task ReadRows_OfAGrain_AreItsOwn()
    {
        await UpsertAsync("alert/1", "tick", 7);
        await UpsertAsync("alert/1", "tock", 7);
        await UpsertAsync("alert/2", "tick", 7);
        IReadOnlyList<IReadOnlyDictionary<string, object?>> rows = await Database.AskAsync("ReadReminderRowsKey", Text("ServiceId", "metrics"), Text("GrainId", "alert/1"));
        Assert.Equal("alert/1 tick, alert/1 tock", Names(rows));
        Assert.Empty(await ReadAsync("alert/1", "Tick"));
        Assert.Empty(await ReadAsync("alert/3", "tick"));
    }

    [PostgresFact]
    public async Task Delete_OfTheVersionSeen_IsDone()
    {
        int first = await UpsertAsync("alert/1", "tick", 7);
        int second = await UpsertAsync("alert/1", "tick", 7);
        await UpsertAsync("alert/1", "tock", 7);
        Assert.False(await DeleteAsync("alert/1", "tick", first));
        Assert.False(await DeleteAsync("alert/2", "tick", second));
        Assert.True(await DeleteAsync("alert/1", "tick", second));
        Assert.False(await DeleteAsync("alert/1", "tick", second));
        Assert.Empty(await ReadAsync("alert/1", "tick"));
        Assert.Single(await ReadAsync("alert/1", "tock"));
    }

    /// <summary>Against a slow oracle that goes round the ring of 32 bits: from after the begin up to the end.</summary>
    [PostgresFact]
    public async Task ReadRange_AnyPartOfTheRing_HasWhatLiesInIt()
    {
        uint[] hashes = [0, 1, 5, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xC0000000, 0xFFFFFFFE, 0xFFFFFFFF];
        foreach (uint hash in hashes)
        {
            await UpsertAsync($"alert/{hash:x8}", "tick", unchecked((int)hash));
        }
        await UpsertAsync("alert/foreign", "tick", 5, service: "other");
        foreach (uint begin in hashes)
        {
            foreach (uint end in hashes)
            {
                // Where the begin is the end, the part is the whole ring.
                uint length = end == begin ? uint.MaxValue : end - begin - 1;
                IEnumerable<string> expected = hashes.Where(h => h - begin - 1 <= length).Select(h => $"alert/{h:x8} tick");
                Assert.Equal($"{begin:x8}-{end:x8}: {string.Join(", ", expected)}", $"{begin:x8}-{end:x8}: {Names(await RangeAsync(begin, end))}");
            }
        }
    }

    [PostgresFact]
    public async Task Services_InOneDatabase_DoNotSeeEachOther()
    {
        int version = await UpsertAsync("alert/1", "tick", 7);
        await UpsertAsync("alert/1", "tick", 7, service: "other");
        await UpsertAsync("alert/1", "tick", 7, service: "other");
        Assert.Equal(version, Assert.Single(await ReadAsync("alert/1", "tick"))["Version"]);
        Assert.Single(await RangeAsync(1, 8));
        Assert.Empty(await Database.AskAsync("DeleteReminderRowsKey", Text("ServiceId", "other")));
        Assert.Empty(await Database.AskAsync("ReadReminderRowsKey", Text("ServiceId", "other"), Text("GrainId", "alert/1")));
        Assert.Single(await ReadAsync("alert/1", "tick"));
    }

    private static string Names(IEnumerable<IReadOnlyDictionary<string, object?>> rows) => string.Join(", ", rows.Select(r => $"{r["GrainId"]} {r["ReminderName"]}").Order(StringComparer.Ordinal));

    private async Task<int> UpsertAsync(string grain, string name, int hash, DateTime? start = null, NpgsqlParameter? period = null, string service = "metrics") => Assert.IsType<int>(Assert.Single(await Database.AskAsync(
        "UpsertReminderRowKey", Text("ServiceId", service), Int("GrainHash", hash), Text("GrainId", grain), Text("ReminderName", name), Time("StartTime", start ?? s_start), period ?? Int("Period", 60_000)))["Version"]);

    private Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> ReadAsync(string grain, string name) =>
        Database.AskAsync("ReadReminderRowKey", Text("ServiceId", "metrics"), Text("GrainId", grain), Text("ReminderName", name));

    /// <summary>The provider chooses the statement by the numbers taken with their sign.</summary>
    private Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> RangeAsync(uint begin, uint end)
    {
        (int from, int to) = unchecked(((int)begin, (int)end));
        return Database.AskAsync(from < to ? "ReadRangeRows1Key" : "ReadRangeRows2Key", Text("ServiceId", "metrics"), Int("BeginHash", from), Int("EndHash", to));
    }

    private Task<bool> DeleteAsync(string grain, string name, int version) =>
        Database.DecideAsync("DeleteReminderRowKey", Text("ServiceId", "metrics"), Text("GrainId", grain), Text("ReminderName", name), Int("Version", version));
}
