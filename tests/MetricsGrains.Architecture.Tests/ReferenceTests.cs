using System.Xml.Linq;

namespace MetricsGrains.Architecture.Tests;

/// <summary>The reference table of DESIGN.md, "The house".</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Core"] = [],
        ["Protocols"] = ["Core"],
        ["Query"] = ["Core"],
        ["Storage"] = ["Core"],
        ["Notifications"] = ["Core"],
        ["Dashboard"] = ["Core", "Query"],
        ["Server"] = ["Core", "Protocols", "Query", "Storage", "Notifications", "Dashboard"],
        ["Node"] = ["Server"],
        ["Streaming.EventHubs"] = ["Server"],
        ["Silo"] = ["Server", "Streaming.EventHubs"],
    };

    [Fact]
    public void Projects_UnderSrc_AreInTheReferenceTable() =>
        AssertNone(Projects().Where(p => !s_allowed.ContainsKey(p.Name)).Select(p =>
            $"{p.Path}: MetricsGrains.{p.Name} is not in the reference table. Add it to DESIGN.md and to {nameof(ReferenceTests)}, or put its code into a project that is."));

    [Fact]
    public void ProjectReferences_UnderSrc_PointInwardsOnly() =>
        AssertNone(from project in Projects()
                   from reference in Items(project, "ProjectReference")
                   let target = NameOf(reference)
                   where !s_allowed.GetValueOrDefault(project.Name, []).Contains(target)
                   select $"{project.Path}: MetricsGrains.{project.Name} may not reference MetricsGrains.{target}. Let the inner project declare an interface (Core/Ports) and the outer one implement it.");

    [Fact]
    public void Core_Project_ReferencesNothingButTheBcl() =>
        AssertNone(from project in Projects()
                   where project.Name == "Core"
                   from reference in Items(project, "PackageReference").Concat(Items(project, "FrameworkReference")).Concat(Items(project, "Reference"))
                   select $"{project.Path}: Core references {reference}. Core knows no package: declare a port and implement it outside.");

    [Fact]
    public void Orleans_Packages_AreReferencedBySiloAndStreamingOnly() =>
        AssertNone(from project in Projects()
                   where project.Name is not ("Silo" or "Streaming.EventHubs")
                   from reference in Items(project, "PackageReference")
                   where reference.StartsWith("Microsoft.Orleans", StringComparison.Ordinal)
                   select $"{project.Path}: references {reference}. One machine needs no Orleans: put the code that does into MetricsGrains.Silo.");

    private static IEnumerable<(string Name, string Path, XDocument Document)> Projects()
    {
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        return files.Order(StringComparer.Ordinal).Select(f => (NameOf(f), Path.GetRelativePath(Repository.Root, f), XDocument.Load(f)));
    }

    private static IEnumerable<string> Items((string Name, string Path, XDocument Document) project, string item) =>
        project.Document.Descendants().Where(e => e.Name.LocalName == item).Select(e => (string?)e.Attribute("Include")).OfType<string>();

    private static string NameOf(string projectPath)
    {
        string name = Path.GetFileNameWithoutExtension(projectPath.Replace('\\', '/'));
        return name.StartsWith("MetricsGrains.", StringComparison.Ordinal) ? name["MetricsGrains.".Length..] : name;
    }

    private static void AssertNone(IEnumerable<string> violations)
    {
        string[] all = [.. violations];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
