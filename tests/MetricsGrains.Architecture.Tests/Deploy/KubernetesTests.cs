using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace MetricsGrains.Architecture.Tests.Deploy;

/// <summary>deploy/kubernetes, without Kubernetes.</summary>
public sealed class KubernetesTests
{
    private const string Base = "deploy/kubernetes/base";

    private static readonly YamlMappingNode[] s_objects =
        [.. Yaml.Documents($"{Base}/kustomization.yaml").Single().Items("resources").SelectMany(r => Yaml.Documents($"{Base}/{((YamlScalarNode)r).Value}"))];

    private static readonly YamlNode s_pod = One("StatefulSet", "metricsgrains").At("spec/template/spec");

    private static readonly YamlNode s_silo = s_pod.Items("containers").Single();

    private static readonly string[] s_probes = ["startupProbe", "readinessProbe", "livenessProbe"];

    [Fact]
    public void Manifests_InTheFolder_AreAllInAKustomization()
    {
        foreach (string folder in (string[])[Base, "deploy/kubernetes/example"])
        {
            string[] listed = [.. Yaml.Documents($"{folder}/kustomization.yaml").Single().Items("resources").Select(r => ((YamlScalarNode)r).Value!).Append("kustomization.yaml")];
            Assert.All(Directory.GetFiles(Path.Combine(Repository.Root, folder)), f => Assert.Contains(Path.GetFileName(f), listed));
            Assert.All(listed, r => Assert.True(Path.Exists(Path.Combine(Repository.Root, folder, r)), r));
        }
    }

    [Fact]
    public void Silo_Settings_AreUnderstood()
    {
        KeyValuePair<string, string>[] literals = [.. Yaml.Documents($"{Base}/kustomization.yaml").Single().Items("configMapGenerator").SelectMany(g => g.Items("literals")).Select(l => ((YamlScalarNode)l).Value!.Split('=', 2)).Select(l => KeyValuePair.Create(l[0], l[1]))];
        KeyValuePair<string, string>[] added = [.. Yaml.Documents("deploy/kubernetes/example/kustomization.yaml").Single().Items("patches")
            .SelectMany(p => Yaml.Parse(p.Text("patch")).Single() is YamlSequenceNode operations ? operations.Children : [])
            .Where(o => o.Text("path").EndsWith("/env/-", StringComparison.Ordinal)).Select(o => KeyValuePair.Create(o.Text("value/name"), o.Text("value/value")))];
        // What Kubernetes fills in, as it would look.
        KeyValuePair<string, string>[] filled = [.. s_silo.Items("env").Select(e => KeyValuePair.Create(e.Text("name"), e.Find("valueFrom/fieldRef/fieldPath") is YamlScalarNode { Value: "status.podIP" } ? "10.1.2.3" : "metricsgrains-0"))];

        Assert.NotEmpty(literals);
        Assert.NotEmpty(added);
        Assert.Empty(Product.Mistakes([.. literals, .. added, .. filled]));
        Assert.Equal("status.podIP", s_silo.Items("env").Single(e => e.Text("name") == "MetricsGrains__Cluster__AdvertisedAddress").Text("valueFrom/fieldRef/fieldPath"));
        Assert.NotNull(s_silo.Items("env").Single(e => e.Text("name") == "MetricsGrains__Store__ConnectionString").Find("valueFrom/secretKeyRef"));
        Assert.DoesNotContain(s_objects, o => o.Text("kind") == "Secret");
    }

    [Fact]
    public void Silo_Ports_AreThoseListenedOnByDefaultAndServicesLeadToThem()
    {
        Dictionary<string, string> ports = s_silo.Items("ports").ToDictionary(p => p.Text("name"), p => $"{p.Text("containerPort")}/{(p.Find("protocol") is YamlScalarNode protocol ? protocol.Value! : "TCP").ToLowerInvariant()}");
        Assert.Equal(Product.Ports, ports.Values.Order(StringComparer.Ordinal));

        foreach (YamlNode port in s_objects.Where(o => o.Text("kind") == "Service").SelectMany(s => s.Items("spec/ports")))
        {
            Assert.Equal(ports[port.Text("targetPort")], $"{port.Text("port")}/{(port.Find("protocol") is YamlScalarNode protocol ? protocol.Value! : "TCP").ToLowerInvariant()}");
        }
        Assert.Equal(One("StatefulSet", "metricsgrains").Text("spec/serviceName"), One("Service", "metricsgrains-silos").Text("metadata/name"));
        string[] admitted = [.. One("NetworkPolicy", "metricsgrains").Items("spec/ingress").SelectMany(i => i.Items("ports")).Select(p => $"{p.Text("port")}/{p.Text("protocol").ToLowerInvariant()}").Order(StringComparer.Ordinal)];
        Assert.Equal(Product.Ports, admitted);
    }

    [Fact]
    public void Probes_All_AskEndpointsThatThereAre()
    {
        foreach (string probe in s_probes)
        {
            string path = s_silo.Text($"{probe}/httpGet/path");
            Assert.True(Product.HasEndpoint(path), $"{probe}: nothing answers {path}");
            Assert.Equal("http", s_silo.Text($"{probe}/httpGet/port"));
        }
        Assert.False(Product.HasEndpoint("/health/nowhere"));
    }

    [Fact]
    public void Silo_Pod_MayDoNothingItNeedNot()
    {
        Assert.Equal("true", s_pod.Text("securityContext/runAsNonRoot"));
        Assert.Equal("RuntimeDefault", s_pod.Text("securityContext/seccompProfile/type"));
        Assert.Equal("false", s_silo.Text("securityContext/allowPrivilegeEscalation"));
        Assert.Equal("true", s_silo.Text("securityContext/readOnlyRootFilesystem"));
        Assert.Equal("ALL", ((YamlScalarNode)s_silo.Items("securityContext/capabilities/drop").Single()).Value);
        Assert.Equal("false", s_pod.Text("automountServiceAccountToken"));
        // The image's user, so that it can write to the volume.
        Assert.Contains(Repository.Lines("deploy/Dockerfile"), l => l == $"USER {s_pod.Text("securityContext/runAsUser")}:{s_pod.Text("securityContext/runAsGroup")}");
        Assert.Equal(s_pod.Text("securityContext/runAsGroup"), s_pod.Text("securityContext/fsGroup"));
    }

    [Fact]
    public void Silo_Stop_HasTimeForItsHooksAndTheDrain()
    {
        int Seconds(string path, YamlNode of) => int.Parse(of.Text(path), CultureInfo.InvariantCulture);

        // Ten seconds for open requests, and two commands of the database that time out after 30 s each.
        Assert.True(Seconds("terminationGracePeriodSeconds", s_pod) >= Seconds("lifecycle/preStop/sleep/seconds", s_silo) + 10 + (2 * 30));
        Assert.Equal("1", One("PodDisruptionBudget", "metricsgrains").Text("spec/maxUnavailable"));
    }

    [Fact]
    public void Silo_Log_HasAVolumeThatHoldsIt()
    {
        YamlNode claim = One("StatefulSet", "metricsgrains").Items("spec/volumeClaimTemplates").Single();
        string mount = s_silo.Items("volumeMounts").Single(m => m.Text("name") == claim.Text("metadata/name")).Text("mountPath");
        Assert.Contains(Repository.Lines("deploy/Dockerfile"), l => l == "VOLUME " + mount);
        string size = claim.Text("spec/resources/requests/storage");
        Assert.EndsWith("Gi", size, StringComparison.Ordinal);
        Assert.True(long.Parse(size[..^2], CultureInfo.InvariantCulture) << 30 > Product.Defaults.Log.MaxBytes);
    }

    [Fact]
    public void Selectors_All_FindTheSilos()
    {
        IReadOnlyDictionary<string, string> labels = One("StatefulSet", "metricsgrains").Texts("spec/template/metadata/labels");
        foreach (string path in (string[])["spec/selector", "spec/podSelector", "spec/selector/matchLabels", "spec/podSelector/matchLabels"])
        {
            foreach (YamlMappingNode found in s_objects.Select(o => o.Find(path)).OfType<YamlMappingNode>().Where(s => s.Children.All(c => c.Value is YamlScalarNode)))
            {
                Assert.All(found.Children, c => Assert.Equal(labels[((YamlScalarNode)c.Key).Value!], ((YamlScalarNode)c.Value).Value));
            }
        }
    }

    [Fact]
    public void Images_Everywhere_AreOfANamedVersion() => ImageName.AssertPinned(s_silo.Text("image"));

    private static YamlMappingNode One(string kind, string name) => s_objects.Single(o => o.Text("kind") == kind && o.Text("metadata/name") == name);
}
