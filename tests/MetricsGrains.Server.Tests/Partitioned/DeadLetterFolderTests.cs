using MetricsGrains.Server.Partitioned;

namespace MetricsGrains.Server.Tests.Partitioned;

public sealed class DeadLetterFolderTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"mg-dead-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Add_TheSameAgain_IsKeptOnceAsItCame()
    {
        var letters = new DeadLetterFolder(_folder);
        var letter = new DeadLetter("eh/ns/hub/0", 7, 1, "why", new byte[] { 1, 2, 3 });
        await letters.AddAsync(letter, CancellationToken.None);
        await new DeadLetterFolder(_folder).AddAsync(letter, CancellationToken.None);
        await letters.AddAsync(letter with { Origin = "eh/ns/hub_0" }, CancellationToken.None);

        string[] files = Directory.GetFiles(_folder);
        Assert.Equal(2, files.Length);
        Assert.All(files, f => Assert.Equal([1, 2, 3], File.ReadAllBytes(f)));
    }

    [Fact]
    public async Task Add_TooMany_TheOldestGo()
    {
        var letters = new DeadLetterFolder(_folder, most: 3);
        for (ulong i = 1; i <= 10; i++)
        {
            await letters.AddAsync(new DeadLetter("eh/ns/hub/0", i, 1, "why", new[] { (byte)i }), CancellationToken.None);
        }
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
        Assert.Contains(Directory.GetFiles(_folder), f => File.ReadAllBytes(f)[0] == 10);
    }
}
