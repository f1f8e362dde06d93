using System.ComponentModel;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace MetricsGrains.Contracts;

/// <summary>A test whose class needs what this machine does not have.</summary>
public sealed class UnmetTestCase : XunitTestCase
{
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("Called by xunit's deserializer")]
    public UnmetTestCase()
    {
    }

    private UnmetTestCase(IMessageSink diagnostics, ITestFrameworkDiscoveryOptions options, ITestMethod method)
        : base(diagnostics, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method)
    {
    }

    /// <returns>Null: everything the class needs is there.</returns>
    internal static UnmetTestCase? For(IMessageSink diagnostics, ITestFrameworkDiscoveryOptions options, ITestMethod method) =>
        MissingFor(method) is null ? null : new UnmetTestCase(diagnostics, options, method);

    // Asked again after a test case has travelled between processes as text: the reason is not part of that.
    protected override string GetSkipReason(IAttributeInfo factAttribute) => MissingFor(TestMethod) ?? base.GetSkipReason(factAttribute);

    private static string? MissingFor(ITestMethod method) =>
        method.TestClass.Class is IReflectionTypeInfo { Type: { } type } ? RequirementAttribute.MissingFor(type) : null;
}
