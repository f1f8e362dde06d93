using Npgsql;
using static MetricsGrains.Storage.Tests.Postgres.Cluster.ClusterDatabase;

namespace MetricsGrains.Storage.Tests.Postgres.Cluster;

/// <summary>What Orleans' persistence provider may rely on: a state is its grain's alone, and of two writers from one version one loses.</summary>
public sealed class ClusterGrainStateTests : ClusterTestBase
{
    private const int Seed = 20250310;

    private static readonly GrainKey s_grain = new(Hash: 17, TypeHash: 4, N0: 0, N1: 0, Text: "a");

    [PostgresFact]
    public async Task Read_GrainWithoutAState_IsNoRow() => Assert.Null(await ReadAsync(s_grain));

    [PostgresFact]
    public async Task Write_FromTheVersionRead_IsReadBack()
    {
        int? first = await WriteAsync(s_grain, null, [1, 2, 3]);
        Assert.NotNull(first);
        await HasAsync(s_grain, first, [1, 2, 3]);
        int? second = await WriteAsync(s_grain, first, []);
        Assert.NotNull(second);
        Assert.NotEqual(first, second);
        await HasAsync(s_grain, second, []);
    }

    /// <summary>A grain that was active twice: the one that knows less is told so, and nothing of it is written.</summary>
    [PostgresFact]
    public async Task Write_FromAnotherVersion_IsRefused()
    {
        Assert.Null(await WriteAsync(s_grain, 1, [9]));
        int? first = await WriteAsync(s_grain, null, [1]);
        Assert.Null(await WriteAsync(s_grain, null, [9]));
        int? second = await WriteAsync(s_grain, first, [2]);
        Assert.Null(await WriteAsync(s_grain, first, [9]));
        Assert.Null(await WriteAsync(s_grain, second + 1, [9]));
        await HasAsync(s_grain, second, [2]);
    }

    [PostgresFact]
    public async Task Write_ManyAtOnceFromOneVersion_OneWins()
    {
        int? version = null;
        for (int round = 0; round < 10; round++)
        {
            int? from = version;
            int?[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => WriteAsync(s_grain, from, [(byte)i]))));
            version = Assert.Single(answers, a => a is not null);
            await HasAsync(s_grain, version, [(byte)Array.IndexOf(answers, version)]);
        }
    }

    [PostgresFact]
    public async Task Write_LargePayload_IsReadBack()
    {
        var noise = new byte[40_000_000];
        new Random(Seed).NextBytes(noise);
        int? version = await WriteAsync(s_grain, null, noise);
        await HasAsync(s_grain, version, noise);
    }

    [PostgresFact]
    public async Task Clear_FromTheVersionRead_KeepsTheVersionGoing()
    {
        int? first = await WriteAsync(s_grain, null, [1]);
        Assert.Null(await RemoveAsync("ClearStorageKey", s_grain, first + 1));
        int? cleared = await RemoveAsync("ClearStorageKey", s_grain, first);
        Assert.NotNull(cleared);
        Assert.NotEqual(first, cleared);
        await HasAsync(s_grain, cleared, null);
        Assert.Null(await WriteAsync(s_grain, first, [9]));
        Assert.Null(await WriteAsync(s_grain, null, [9]));
        await HasAsync(s_grain, await WriteAsync(s_grain, cleared, [2]), [2]);
    }

    [PostgresFact]
    public async Task Delete_FromTheVersionRead_LeavesNoRow()
    {
        int? first = await WriteAsync(s_grain, null, [1]);
        Assert.Null(await RemoveAsync("DeleteStorageKey", s_grain, first + 1));
        await HasAsync(s_grain, first, [1]);
        // Another than the version given, which the provider takes for a refusal.
        Assert.Equal(first + 1, await RemoveAsync("DeleteStorageKey", s_grain, first));
        Assert.Null(await ReadAsync(s_grain));
        Assert.Null(await RemoveAsync("DeleteStorageKey", s_grain, first));
        Assert.NotNull(await WriteAsync(s_grain, null, [2]));
    }

    /// <summary>Each differs from the first in one part only.</summary>
    [PostgresFact]
    public async Task States_OfGrainsAlikeButForOnePart_AreApart()
    {
        GrainKey[] grains =
        [
            s_grain, s_grain with { Text = "b" }, s_grain with { Text = "A" }, s_grain with { Text = "" }, s_grain with { Text = null }, s_grain with { N0 = 1 },
            s_grain with { N1 = long.MinValue }, s_grain with { Hash = -17 }, s_grain with { TypeHash = 5 }, s_grain with { Type = "other" }, s_grain with { Service = "other" },
        ];
        for (int i = 0; i < grains.Length; i++)
        {
            Assert.NotNull(await WriteAsync(grains[i], null, [(byte)i]));
        }
        int? moved = await WriteAsync(s_grain, 1, [100]);
        Assert.NotNull(await RemoveAsync("DeleteStorageKey", grains[1], 1));
        await HasAsync(s_grain, moved, [100]);
        Assert.Null(await ReadAsync(grains[1]));
        for (int i = 2; i < grains.Length; i++)
        {
            await HasAsync(grains[i], 1, [(byte)i]);
        }
    }

    [PostgresFact]
    public async Task Write_KeyOfTheLengthThatIsPromised_IsTakenIn()
    {
        var random = new Random(Seed);
        GrainKey grain = s_grain with { Text = string.Concat(Enumerable.Range(0, 2_400).Select(_ => (char)random.Next('!', '~'))) };
        await HasAsync(grain, await WriteAsync(grain, null, [1]), [1]);
    }

    private static NpgsqlParameter[] Of(GrainKey grain) =>
    [
        Int("GrainIdHash", grain.Hash), Long("GrainIdN0", grain.N0), Long("GrainIdN1", grain.N1), Int("GrainTypeHash", grain.TypeHash),
        Text("GrainTypeString", grain.Type), Text("GrainIdExtensionString", grain.Text), Text("ServiceId", grain.Service),
    ];

    /// <returns>The new version; null: refused.</returns>
    private async Task<int?> WriteAsync(GrainKey grain, int? version, byte[] payload) =>
        (int?)(await Database.AskAsync("WriteToStorageKey", [.. Of(grain), Int("GrainStateVersion", version), Bytes("PayloadBinary", payload)])).SingleOrDefault()?["NewGrainStateVersion"];

    private async Task<int?> RemoveAsync(string key, GrainKey grain, int? version) =>
        (int?)(await Database.AskAsync(key, [.. Of(grain), Int("GrainStateVersion", version)])).SingleOrDefault()?.Values.First();

    private async Task<IReadOnlyDictionary<string, object?>?> ReadAsync(GrainKey grain) => (await Database.AskAsync("ReadFromStorageKey", Of(grain))).SingleOrDefault();

    private async Task HasAsync(GrainKey grain, int? version, byte[]? payload)
    {
        IReadOnlyDictionary<string, object?>? row = await ReadAsync(grain);
        Assert.Equal(version, row?["Version"]);
        Assert.True(payload is null ? row!["PayloadBinary"] is null : payload.AsSpan().SequenceEqual((byte[]?)row!["PayloadBinary"]), "the payload is another");
    }

    private sealed record GrainKey(int Hash, int TypeHash, long N0, long N1, string? Text, string Type = "alert", string Service = "metrics");
}
