namespace MetricsGrains.Contracts;

/// <summary>
/// Says what a test class needs of the machine it runs on. Where that is missing, its contract tests are reported as skipped
/// with the reason, rather than passing without having run.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class RequirementAttribute : Attribute
{
    /// <summary>Null: all is there. Else the reason to skip, for people. Asked once a test at discovery, so it must be quick.</summary>
    public abstract string? Missing { get; }

    internal static string? MissingFor(Type testClass) =>
        testClass.GetCustomAttributes(typeof(RequirementAttribute), inherit: true).Cast<RequirementAttribute>().Select(r => r.Missing).FirstOrDefault(m => m is not null);
}
