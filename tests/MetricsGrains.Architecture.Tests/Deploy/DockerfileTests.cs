using System.Text.RegularExpressions;

namespace MetricsGrains.Architecture.Tests.Deploy;

/// <summary>deploy/Dockerfile, as far as it can be checked without an engine.</summary>
public sealed partial class DockerfileTests
{
    private const string Dockerfile = "deploy/Dockerfile";

    private static readonly string[] s_lines = [.. File.ReadAllText(Path.Combine(Repository.Root, Dockerfile)).Replace("\\\n", "", StringComparison.Ordinal).Split('\n').Where(l => l.Length > 0 && l[0] != '#')];

    [Fact]
    public void Images_AllStages_AreOfANamedVersion()
    {
        string[] images = [.. Instructions("FROM").Select(f => f.Split(' ')[0])];
        Assert.True(images.Length >= 2);
        Assert.All(images, ImageName.AssertPinned);
        Assert.StartsWith("mcr.microsoft.com/dotnet/aspnet:10.0", images[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void RestoreLayer_EveryProject_IsCopiedBeforeTheSources()
    {
        string[] early = [.. s_lines.TakeWhile(l => !l.StartsWith("RUN dotnet restore", StringComparison.Ordinal))];
        foreach (string project in Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.Root, f)))
        {
            Assert.True(early.Contains($"COPY {project} {Path.GetDirectoryName(project)}/"), $"{Dockerfile}: restores without {project}; add a COPY line for it");
        }
        Assert.DoesNotContain(early, l => l.StartsWith("COPY src/ ", StringComparison.Ordinal));
    }

    [Fact]
    public void Copies_FromTheContext_ExistAndAreLetThroughByDockerignore()
    {
        string[] through = [.. Repository.Lines(".dockerignore").Where(l => l.StartsWith('!')).Select(l => l[1..])];
        foreach (string source in Instructions("COPY").Where(c => !c.StartsWith("--from", StringComparison.Ordinal)).SelectMany(c => c.Split(' ')[..^1]))
        {
            Assert.True(Path.Exists(Path.Combine(Repository.Root, source)), $"{Dockerfile}: copies {source}, which is not there");
            Assert.True(through.Any(t => source == t || source.StartsWith(t + "/", StringComparison.Ordinal)), $".dockerignore keeps {source} out");
        }
    }

    [Fact]
    public void Image_User_IsANumberAndNotRoot() => Assert.Matches("^[1-9][0-9]*:[1-9][0-9]*$", Assert.Single(Instructions("USER")));

    [Fact]
    public void Image_ExposedPorts_AreThoseListenedOnByDefault() =>
        Assert.Equal(Product.Ports, Assert.Single(Instructions("EXPOSE")).Split(' ').Order(StringComparer.Ordinal));

    [Fact]
    public void Image_Environment_IsUnderstood()
    {
        KeyValuePair<string, string>[] settings = [.. Setting().Matches(string.Join('\n', Instructions("ENV"))).Select(m => KeyValuePair.Create(m.Groups[1].Value, m.Groups[2].Value))];
        Assert.Contains(settings, s => s.Key == "MetricsGrains__DataPath" && s.Value == Assert.Single(Instructions("VOLUME")));
        Assert.Empty(Product.Mistakes(settings));
    }

    [Fact]
    public void HealthCheck_Runs_ACommandThatThereIs()
    {
        string check = Assert.Single(Instructions("HEALTHCHECK"));
        Assert.EndsWith("CMD [\"/app/metricsgrains\", \"health\"]", check, StringComparison.Ordinal);
        Assert.Contains(Repository.Lines("src/MetricsGrains.Server/Operations/HealthCommand.cs"), l => l.Contains("Name = \"health\"", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Instructions(string name) => s_lines.Where(l => l.StartsWith(name + " ", StringComparison.Ordinal)).Select(l => l[(name.Length + 1)..].Trim());

    [GeneratedRegex(@"(MetricsGrains__\w+)=(\S+)")]
    private static partial Regex Setting();
}
