using System.Globalization;
using System.Text;
using MetricsGrains.Crash.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Crash.Tests;

/// <summary>The log is damaged in its middle, or gone, when the node starts.</summary>
public sealed class LogDamageTests
{
    private readonly int _seed = Random.Shared.Next(100_000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_RecordInTheMiddleIsDamaged_IsReportedAndItsNeighboursAreRecovered(bool sealedSegment)
    {
        using var data = new DataFolder();
        Senders senders = await LeaveALogAsync(data);
        (string segment, long offset) = Damage(data, senders, sealedSegment);

        await using CrashNode node = await CrashNode.StartAsync(data.Path, CrashNode.Busy);
        string context = $"seed {_seed}, {segment} at {offset}";
        await node.SaysAsync(string.Create(CultureInfo.InvariantCulture, $"segment {segment} is damaged at byte {offset}: "));
        Assert.Contains("to stop at damage instead, set MetricsGrains:Log:OnCorruption to Refuse", node.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await node.GetAsync("/api/v1/status")).Body.GetProperty("log").GetProperty("corrupt_records").GetInt64());
        await senders.SendAsync(node, 3, 20, CancellationToken.None);
        await Agreement.CheckAllAsync(node, new SqliteCrashStore(data.Path), senders, context);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_RecordInTheMiddleIsDamagedAndRefusalIsAskedFor_EndsAndSaysWhatToDo(bool sealedSegment)
    {
        using var data = new DataFolder();
        Senders senders = await LeaveALogAsync(data);
        (string segment, long offset) = Damage(data, senders, sealedSegment);

        for (int start = 0; start < 2; start++)
        {
            await using CrashNode refusing = CrashNode.Launch(data.Path, [.. CrashNode.Busy, "Log:OnCorruption=Refuse"]);
            Assert.Equal(1, await refusing.WaitForExitAsync());
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"MetricsGrains can't start: The log segment {Path.Combine(data.Path, "log", segment)} is damaged at byte {offset}"), refusing.Output, StringComparison.Ordinal);
            Assert.Contains("Restore the file, or set MetricsGrains:Log:OnCorruption to Skip", refusing.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refusing.Output, StringComparison.Ordinal);
        }
        // Refusing changed nothing.
        await using CrashNode node = await CrashNode.StartAsync(data.Path, CrashNode.Busy);
        await Agreement.CheckAllAsync(node, new SqliteCrashStore(data.Path), senders, $"seed {_seed}, {segment} at {offset}");
    }

    /// <summary>Of the last hour the store has everything and memory nothing: memory must not claim it.</summary>
    [Theory]
    [InlineData("log")]
    [InlineData("log/*.wal")]
    [InlineData("node-id")]
    public async Task Start_SomebodyDeleted_AnswersWithWhatTheStoreHas(string deleted)
    {
        // How much a running total rose since a sample that was in the log alone is lost with it.
        var senders = new Senders(_seed, 3, runningTotals: false);
        using var data = new DataFolder();
        await using (CrashNode node = await CrashNode.StartAsync(data.Path, CrashNode.Busy))
        {
            await senders.SendAsync(node, 0, 50, CancellationToken.None);
            Assert.Equal(0, await node.StopAsync());
        }
        Delete(data, deleted);

        await using CrashNode again = await CrashNode.StartAsync(data.Path, CrashNode.Busy);
        // In the same minutes and series, so that both must be asked for one bucket.
        await senders.SendAsync(again, 1, 50, CancellationToken.None);
        await Agreement.CheckAllAsync(again, new SqliteCrashStore(data.Path), senders, $"seed {_seed}, without {deleted}\n{again.Output}");
    }

    private static void Delete(DataFolder data, string what)
    {
        string path = Path.Combine(data.Path, what);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
            return;
        }
        string[] files = Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        Assert.NotEmpty(files);
        Array.ForEach(files, File.Delete);
    }

    /// <summary>A log of several segments, of which the store has nothing.</summary>
    private async Task<Senders> LeaveALogAsync(DataFolder data)
    {
        var senders = new Senders(_seed, 3);
        await using CrashNode node = await CrashNode.StartAsync(data.Path, [.. CrashNode.Busy, "Log:SegmentBytes=1048576"]);
        await using SqliteConnection locker = StoreLockTests.LockExclusively(data.Path);
        await senders.SendAsync(node, 0, 20, CancellationToken.None);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(200, (await senders.SendBulkAsync(node, 1, 20_000)).Status);
        }
        await senders.SendAsync(node, 2, 20, CancellationToken.None);
        await node.KillAsync();
        return senders;
    }

    /// <summary>Turns a bit in the payload of an acknowledged request that is neither the first nor the last of its segment.</summary>
    private static (string Segment, long Offset) Damage(DataFolder data, Senders senders, bool sealedSegment)
    {
        string[] segments = [.. Directory.GetFiles(Path.Combine(data.Path, "log"), "*.wal").Order(StringComparer.Ordinal)];
        Assert.True(segments.Length > 2, "the log has several segments");
        string path = sealedSegment ? segments[0] : segments[^1];
        byte[] bytes = File.ReadAllBytes(path);
        // The marker's tag, behind its length.
        (SentRequest Request, int At)[] there = [.. senders.All.Where(r => r.Fate == Fate.In).Select(r => (r, bytes.AsSpan().IndexOf([(byte)r.Key.Length, .. Encoding.UTF8.GetBytes(r.Key)]))).Where(r => r.Item2 >= 0)];
        Assert.True(there.Length > 2, "the segment has several requests");
        (SentRequest request, int at) = there.OrderBy(r => r.At).ElementAt(there.Length / 2);
        int header = bytes.AsSpan(0, at).LastIndexOf("MGR1"u8);
        bytes[at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
        request.Fate = Fate.Out;
        return (Path.GetFileName(path), header);
    }
}
