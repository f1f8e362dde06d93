using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace MetricsGrains.Architecture.Tests.Deploy;

/// <summary>docker-compose.yml and what it mounts.</summary>
public sealed partial class ComposeTests
{
    private static readonly string[] s_silos = ["silo-1", "silo-2", "silo-3"];

    private static readonly YamlMappingNode s_compose = Assert.Single(Yaml.Documents("docker-compose.yml"));

    [Fact]
    public void Images_Everywhere_AreOfANamedVersion() => Assert.All(s_compose.Entries("services").Values, s => ImageName.AssertPinned(s.Text("image")));

    [Fact]
    public void Silos_Settings_AreUnderstoodAndEachHasAPlaceOfItsOwn()
    {
        IReadOnlyDictionary<string, string>[] settings = [.. s_silos.Select(s => s_compose.Texts($"services/{s}/environment"))];

        Assert.All(settings, s => Assert.Empty(Product.Mistakes(s)));
        Assert.Equal(s_silos, settings.Select(s => s["MetricsGrains__NodeName"]));
        Assert.Single(settings.Select(s => s["MetricsGrains__Cluster__ClusterId"]).Distinct());
        Assert.Single(settings.Select(s => s["MetricsGrains__Store__ConnectionString"]).Distinct());
        Assert.Equal(s_silos.Select(s => $"{s}:/var/lib/metricsgrains"), s_silos.Select(s => ((YamlScalarNode)s_compose.Items($"services/{s}/volumes").Single()).Value));
        Assert.Equal(s_silos.Select(s => s_compose.Text($"services/{s}/networks/cluster/ipv4_address")), settings.Select(s => s["MetricsGrains__Cluster__AdvertisedAddress"]));
    }

    [Fact]
    public void Balancer_Names_LeadToTheSilosAndTheirPorts()
    {
        string[] hosts = [.. s_compose.Items("services/balancer/extra_hosts").Select(h => ((YamlScalarNode)h).Value!)];
        Assert.Equal(s_silos.Select(s => $"{s}:{s_compose.Text($"services/{s}/networks/cluster/ipv4_address")}"), hosts);

        string nginx = File.ReadAllText(Path.Combine(Repository.Root, "deploy/compose/nginx.conf"));
        foreach ((string upstream, int port) in ((string, int)[])[("pages", Product.Defaults.Http.Port), ("ingest", Product.Defaults.Http.Port), ("statsd", Product.Defaults.StatsD.UdpPort)])
        {
            string body = Regex.Match(nginx, $@"upstream {upstream} \{{(.*?)\}}", RegexOptions.Singleline).Groups[1].Value;
            Assert.Equal(s_silos.Select(s => $"{s}:{port}"), Server().Matches(body).Select(m => m.Groups[1].Value));
        }
        string[] listens = [.. Listen().Matches(nginx).Select(m => m.Groups[1].Value + (m.Groups[2].Success ? "/udp" : "/tcp"))];
        string[] published = [.. s_compose.Items("services/balancer/ports").Select(p => ((YamlScalarNode)p).Value!.Split(':')[^1])];
        Assert.Equal(listens.Order(StringComparer.Ordinal), published.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Passwords_InTheFile_AreMarkedAsDevelopmentDefaults()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docker-compose.yml"));
        Assert.Contains("DEVELOPMENT DEFAULTS", text, StringComparison.Ordinal);
        string[] given = [.. Password().Matches(text).Select(m => m.Groups[1].Value.Trim())];
        Assert.NotEmpty(given);
        Assert.All(given, p => Assert.Matches(@"^\$\{[A-Z_]+_PASSWORD:-development-only\}", p));
        Assert.Contains(".env", Repository.Lines(".gitignore"));
    }

    [Fact]
    public void Ports_OnTheMachine_AreForItselfAlone() =>
        Assert.All(s_compose.Entries("services").Values.SelectMany(s => s.Items("ports")), p => Assert.StartsWith("127.0.0.1:", ((YamlScalarNode)p).Value, StringComparison.Ordinal));

    [Fact]
    public void Files_Mounted_AreThere()
    {
        foreach (string source in s_compose.Entries("services").Values.SelectMany(s => s.Items("volumes")).Select(v => ((YamlScalarNode)v).Value!.Split(':')[0]))
        {
            Assert.True(source.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(Path.Combine(Repository.Root, source)) : s_compose.Entries("volumes").ContainsKey(source), source);
        }
    }

    [Fact]
    public void Grafana_Variables_AreThoseItsProvisioningReads()
    {
        string provisioning = File.ReadAllText(Path.Combine(Repository.Root, "deploy/grafana/provisioning/datasources/metricsgrains.yaml"));
        IReadOnlyDictionary<string, string> given = s_compose.Texts("services/grafana/environment");
        Assert.All(Variable().Matches(provisioning), m => Assert.Contains(m.Groups[1].Value, given.Keys));
        Assert.Equal($"http://balancer:{Product.Defaults.Http.Port.ToString(CultureInfo.InvariantCulture)}", given["METRICSGRAINS_URL"]);
        Assert.Contains(Yaml.Documents("deploy/grafana/provisioning/dashboards/metricsgrains.yaml").Single().Items("providers"), p => given["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == p.Text("options/path") + "/shop.json");
    }

    [GeneratedRegex(@"server (\S+) ")]
    private static partial Regex Server();

    [GeneratedRegex(@"listen (\d+)( udp)?")]
    private static partial Regex Listen();

    [GeneratedRegex(@"(?:PASSWORD: |Password=)(.+)")]
    private static partial Regex Password();

    [GeneratedRegex(@"\$([A-Z_]+)")]
    private static partial Regex Variable();
}
