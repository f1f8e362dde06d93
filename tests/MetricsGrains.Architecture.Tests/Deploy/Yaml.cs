using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MetricsGrains.Architecture.Tests.Deploy;

/// <summary>Reads the YAML files of the deployment.</summary>
internal static class Yaml
{
    /// <summary>Every document of a file. Merge keys are resolved, duplicate keys refused.</summary>
    /// <param name="path">From the repository's root.</param>
    public static IReadOnlyList<YamlMappingNode> Documents(string path) => [.. Parse(File.ReadAllText(Path.Combine(Repository.Root, path))).Cast<YamlMappingNode>()];

    public static IReadOnlyList<YamlNode> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new MergingParser(new Parser(new StringReader(text))));
        return [.. stream.Documents.Select(d => d.RootNode)];
    }

    /// <summary>What lies at a path such as "spec/template/spec"; null: nothing.</summary>
    public static YamlNode? Find(this YamlNode node, string path)
    {
        YamlNode? at = node;
        foreach (string key in path.Split('/'))
        {
            at = at is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child : null;
        }
        return at;
    }

    public static YamlNode At(this YamlNode node, string path) => node.Find(path) ?? throw new InvalidDataException($"nothing at '{path}' in line {node.Start.Line}");

    public static string Text(this YamlNode node, string path) => ((YamlScalarNode)node.At(path)).Value!;

    public static IReadOnlyList<YamlNode> Items(this YamlNode node, string path) => node.Find(path) is YamlSequenceNode list ? [.. list.Children] : [];

    public static IReadOnlyDictionary<string, YamlNode> Entries(this YamlNode node, string path) =>
        ((YamlMappingNode)node.At(path)).Children.ToDictionary(c => ((YamlScalarNode)c.Key).Value!, c => c.Value);

    public static IReadOnlyDictionary<string, string> Texts(this YamlNode node, string path) => node.Entries(path).ToDictionary(e => e.Key, e => ((YamlScalarNode)e.Value).Value!);
}
