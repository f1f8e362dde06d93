namespace MetricsGrains.Architecture.Tests.Deploy;

/// <summary>deploy/systemd/metricsgrains.service.</summary>
public sealed class SystemdTests
{
    private static readonly (string Key, string Value)[] s_settings =
        [.. Repository.Lines("deploy/systemd/metricsgrains.service").Where(l => l.Contains('=', StringComparison.Ordinal) && l[0] != '#').Select(l => (l[..l.IndexOf('=', StringComparison.Ordinal)], l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..]))];

    [Fact]
    public void Unit_Environment_IsUnderstoodAndInItsStateDirectory()
    {
        KeyValuePair<string, string>[] environment = [.. s_settings.Where(s => s.Key == "Environment").Select(s => s.Value.Split('=', 2)).Select(s => KeyValuePair.Create(s[0], s[1]))];
        Assert.Empty(Product.Mistakes(environment));
        Assert.Equal($"/var/lib/{One("StateDirectory")}", environment.Single(e => e.Key == "MetricsGrains__DataPath").Value);
    }

    [Fact]
    public void Unit_Program_MayCompileAndIsNotRoot()
    {
        // With it .NET's compiler could not make what it writes executable, and nothing would start.
        Assert.DoesNotContain(s_settings, s => s.Key == "MemoryDenyWriteExecute");
        Assert.Equal("metricsgrains", One("User"));
        Assert.Contains(Repository.Lines("deploy/systemd/metricsgrains.sysusers.conf"), l => l.StartsWith("u metricsgrains ", StringComparison.Ordinal));
    }

    [Fact]
    public void Unit_WrongSettings_AreNotTriedAgain() => Assert.Equal("2", One("RestartPreventExitStatus"));

    private static string One(string key) => Assert.Single(s_settings, s => s.Key == key).Value;
}
