using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Composition;

namespace MetricsGrains.Server.Tests.Composition;

public sealed class NodeIdentityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metricsgrains-id-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void OriginOf_FirstAndLaterStarts_IsTheSameAndDiffersByLog()
    {
        string first = NodeIdentity.OriginOf(_folder, 0xAB, []);
        Assert.Equal(first, NodeIdentity.OriginOf(_folder, 0xAB, []));
        string other = NodeIdentity.OriginOf(_folder, 0xCD, []);
        Assert.Equal(first.Split('/')[0], other.Split('/')[0]);
        Assert.EndsWith("/00000000000000ab", first, StringComparison.Ordinal);
        Assert.EndsWith("/00000000000000cd", other, StringComparison.Ordinal);
        Assert.Equal(["node-id"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\n")]
    public void OriginOf_FileIsLostOrEmptyButTheStoreKnowsTheLog_TakesTheNameBack(string? content)
    {
        string path = Path.Combine(_folder, "node-id");
        if (content is not null)
        {
            File.WriteAllText(path, content);
        }
        FlushCursor[] cursors = [new("m", FlushStream.Rollup, "other/0000000000000001", 1, 1, 0), new("m", FlushStream.Rollup, "lost/00000000000000ab", 1, 1, 0)];

        Assert.Equal("lost/00000000000000ab", NodeIdentity.OriginOf(_folder, 0xAB, cursors));
        Assert.Equal("lost", File.ReadAllText(path).Trim());
    }
}
