"""What docs/aws.md asks the stack for is what it gives. Networks of tasks are looked at in checks_network."""

ALWAYS = {
    "BalancerName": "${Balancer.DNSName}",
    "ClusterName": "${Cluster}",
    "DataBucketName": "${DataBucket}",
    "LogBucketName": "${LogBucket}",
    "SourceUri": "s3://${DataBucket}/stations/",
    "FunctionName": "${IngestFunction}",
    "FailuresQueueUrl": "${IngestFailures}",
    "MigrateTaskArn": "${MigrateTask}",
    "DatabaseId": "${Database}",
    "DatabaseHost": "${Database.Endpoint.Address}",
    "ReaderSecretArn": "${ReaderSecret}",
    "WriterSecretArn": "${WriterSecret}",
    "AlarmTopicArn": "${AlarmTopic}",
}
# parameter, values, what there is then
SOMETIMES = (
    ("CertificateArn", {""}, {"HttpUrl": "http://${Balancer.DNSName}"}),
    ("Serve", {"true"}, {"ServiceName": "${ApiService.Name}"}),
    ("ReadReplica", {"true"}, {"ReplicaId": "${Replica}"}),
    ("BulkIngest", {"task", "batch"}, {"IngestTaskArn": "${IngestTask}"}),
    ("BulkIngest", {"batch"}, {"JobQueueArn": "${JobQueue}", "JobDefinitionArn": "${JobDefinition}"}),
)
ELSEWHERE = {"MigrateNetwork", "IngestNetwork", "Warning"}


def check_outputs(stack):
    wanted = dict(ALWAYS)
    for parameter, values, outputs in SOMETIMES:
        if stack.parameters[parameter] in values:
            wanted |= outputs
    assert {n: v for n, v in stack.outputs.items() if n not in ELSEWHERE} == wanted


CHECKS = (check_outputs,)
