"""Clouds, clusters, registries and services: reading is granted, everything that changes them is refused.

Each client is a row: which of its options take a value, and the words that make a call a reading one. What a row does
not know as reading counts as changing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table
from hooks.policy.shell.values import UNKNOWN

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

READING = r"(get|list|ls|describe|show|view|status|info|version|help|diff|logs?|tail|search|inspect|explain|events|top|history|whoami|validate|check|lint|plan|output|outputs|config_|doctor|docs|completion|about|env_|ps|cat|stat|du|open_|wait|read|find|lookup|count|export-schema|preview|graph|fmt|format|providers|template|test|head)"
HELP = {"--help", "-h", "help", "--version", "-v", "version", "-V", "-help"}
DRY = re.compile(
    r"--dry-?run(=(?!none|false).*)?|--no-execute|--dryrun|--check|--plan|--what-if|--noop|-WhatIf|--validate-only|--diff|--preview|--generate-cli-skeleton.*|--no-deploy|--list-tasks|--list-hosts|--syntax-check|--list-tags"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """How one client is read: global and common options with values, and which subcommands only look.

    `reads` matches the operands joined by blanks, from their start; `anywhere` matches one operand that makes the call
    a reading one wherever it stands, as verbs do behind a service's name.
    """

    valued: str = ""
    reads: str = "(?!)"
    anywhere: str = "(?!)"
    rule: str = "deploy.infrastructure"
    bare: bool = True
    single: bool = False
    dry: bool = True
    blank: str = ""


AWS = "--profile --region --output --query --endpoint-url --color --cli-read-timeout --cli-connect-timeout --ca-bundle"
KUBE = "-n --namespace --context --kubeconfig --cluster --user -s --server --token --as --as-group -l --selector -o --output -c --container -f --filename --field-selector --since --tail -v --request-timeout --sort-by --template -k --kustomize"
GH = "-R --repo --hostname -L --limit -q --jq -t --template -H --header --json -S --search -s --state -l --label -a --assignee -A --author -B --base -w --workflow -b --branch -X --method -f --raw-field -F --field --input --cache -u --user -e --event -j --job -p --preview -n --name -D --dir -O --output --archive --pattern"

CLIENTS: dict[str, Client] = {
    "aws": Client(
        valued=AWS,
        reads=r"s3 (ls|presign_)\b|s3 (cp|sync|mv_) s3://\S+ (?!s3://)|configure (list|get|list-profiles)\b|sts (get-\S+|decode-\S+)|logs (tail|filter-log-events|start-query|get-\S+)|eks (list|describe|get-token_)\S*|ecr get-login-password_|help|ssm_ |cloudformation (validate-template|estimate-\S+|detect-\S+)|sso login_|dynamodb (query|scan|batch-get-item|get-item)|lambda get\S*|iam (simulate\S*|generate-\S+)|s3api (head|get|list)\S*|ce get|athena get|rds download|ec2 wait|\S+ wait|iot_data|kms_ ",
        anywhere=r"(get|list|describe|head|batch-get|lookup|search|query|scan|view|preview|validate|check|test|estimate|simulate|wait|filter|tail|help|select|ls|download-db-log-file-portion|detect|verify|discover|count|decode)(-[a-z0-9-]+)?",
    ),
    "gcloud": Client(
        valued="--project --account --configuration --format --filter --region --zone --verbosity --limit --sort-by --location --cluster --impersonate-service-account --billing-project --flags-file --uri_",
        anywhere=r"(list|describe|get|read|show|info|version|help|topic|lookup|search|tail|get-iam-policy|get-server-config|list-\S+|describe-\S+|get-\S+|print-settings|check-\S+|diagnose|validate|test-iam-permissions|ls|cat|du|stat|wait|active-config_|operations|explain|analyze-\S+|query-\S+|lint-\S+|export_|search-\S+|feedback|cheat-sheet|components_list)",
        reads=r"config (list|get-value|get|configurations (list|describe))|auth list|components list|(alpha |beta )?(info|help|version|topic)",
    ),
    "gsutil": Client(valued="-o -h -i -u", reads=r"(ls|du|stat|cat|version|help|hash|lifecycle get|acl get|cors get|iam get|versioning get|label get|cp gs://\S+ (?!gs://)|rsync_)"),
    "bq": Client(valued="--project_id --format --location --max_rows -n", reads=r"(ls|show|head|version|help|query --dry_run|get-iam-policy)"),
    "az": Client(
        valued="--subscription -g --resource-group --output -o --query -n --name --location -l --ids --vault-name --account-name",
        anywhere=r"(list|show|get|exists|check|wait|find|version|help|validate|what-if|get-\S+|list-\S+|show-\S+|check-\S+|download|query|test|preview|tail|account_|browse|diff|summarize|verify|lookup)",
        reads=r"(account (show|list)|find|version|feedback|help|interactive_)",
    ),
    "kubectl": Client(
        valued=KUBE,
        reads=r"(get|describe|logs?|top|explain|version|cluster-info|api-resources|api-versions|diff|events|wait|completion|options|help|kustomize|convert|rollout (status|history)|auth (can-i|whoami)|config (view|get-\S+|current-context|use-context_)|plugin list|krew (list|search|info)|port-forward|apply view-last-applied|set_|view-last-applied|neat|tree|ctx$|ns$|cp (-\S+ )*\S+:\S+ \S+$)(\s|$)",
    ),
    "helm": Client(
        valued="-n --namespace --kube-context --kubeconfig -f --values --set --version -o --output --repo --revision",
        reads=r"(list|ls|status|get|history|hist|show|inspect|search|template|lint|version|env|help|completion|verify|create|package|dependency|dep|repo (list|ls|update|up|index|add)|plugin (list|ls)|pull|fetch|diff|test_|unittest|docs|schema|completion)(\s|$)",
    ),
    "terraform": Client(
        valued="-chdir -var -var-file -target -out -backend-config -state -lock-timeout -parallelism -plugin-dir -from-module -filter -test-directory",
        single=True,
        reads=r"(plan|validate|fmt|show|output|version|providers|graph|init|get|console|test|metadata|modules|state (list|show|pull)|workspace (list|show|select)|login_|help)(\s|$)",
    ),
    "terragrunt": Client(valued="--terragrunt-working-dir --working-dir -var", reads=r"((run-all |run --all |run )?(plan|validate|fmt|show|output|version|graph|init|hclfmt|providers|render-json|graph-dependencies|output-module-groups|terragrunt-info|validate-inputs)|hcl \S+|list|find|stack output)(\s|$)"),
    "pulumi": Client(
        valued="-s --stack -C --cwd --color -m --message --config-file",
        reads=r"(preview|pre|about|version|whoami|logs|help|console|gen-completion|convert|schema|package|config( get| ls|$)|stack( ls| output| graph| history| select| init_|$)|plugin (ls|install)|policy ls|org get\S*|state_ |watch_|new_|install|import_)(\s|$)",
    ),
    "gh": Client(valued=GH),
    "glab": Client(valued="-R --repo -g --group -F --output", anywhere=r"(list|ls|view|show|status|diff|get|version|help|lint|trace|search)", reads=r"(auth status|config get|ci (list|view|status|trace|lint|get)|mr (list|view|diff)|issue (list|view)|repo (view|clone|search|list))"),
    "heroku": Client(valued="-a --app -r --remote -n --num", reads=r"(apps(:info|:errors|:join_)?|ps|logs|info|status|version|releases(:info|:output)?|addons(:info|:services|:plans)?|domains(:info)?|pg(:info|:ps|:diagnose|:outliers|:locks)?|features(:info)?|regions|stack|buildpacks(:info|:search|:versions)?|pipelines(:info|:diff)?|help|whoami|auth:whoami|plugins|access|teams|members|spaces|certs(:info)?|labs(:info)?|ci|run_|local|list|ls)(\s|$)"),
    "fly": Client(valued="-a --app -c --config -o --org -t --access-token_", reads=r"(status|logs|list|ls|info|version|releases|help|doctor|docs|ping|checks|dig|(apps|machines?|volumes|vol|ips|certs|regions|postgres|pg|orgs|image|platform|services|secrets|scale|config|storage|redis|mpg|wireguard)( (list|ls|show|status|info|check|regions|sizes|vm-sizes|validate|env_|releases|errors)|$)|config (show|validate|save_)|agent ping)(\s|$)"),
    "vercel": Client(valued="-t --token -S --scope -A --local-config -Q --global-config --cwd", reads=r"(ls|list|inspect|logs?|whoami|help|dev|build|switch_|(domains|dns|certs|alias|projects?|teams|env|secrets|cache_|integration|bisect_)( (ls|list|inspect))|env ls|telemetry status|git ls|pull_|version)(\s|$)", bare=False),
    "netlify": Client(valued="-s --site --auth --filter -d --dir", reads=r"(status|dev|build|serve|open|help|watch|logs?(:\S+)?|sites:list|functions:(list|build|serve|invoke|create)|env:(list_|get_)|recipes(:list)?|lm:info|types|api (get|list)\S*|version|completion\S*)(\s|$)"),
    "wrangler": Client(valued="-c --config -e --env --cwd --name", reads=r"(dev|whoami|tail|types|init|docs|generate|build|check|check-startup|version|help|deploy --dry-run|login_|deployments (list|status|view)|versions (list|view)|(kv:?\s?\S*|r2 \S+|d1|queues|vectorize|hyperdrive|pages \S+|workflows|secret|pipelines|ai \S+|containers|dispatch-namespace|mtls-certificate|cert|secrets-store \S+) (list|get_|info|describe|time-travel info|insights)|d1 (list|info|insights|migrations list|export_|execute .*--local)|pages (dev|functions build|project list|deployment (list|tail))|kv key (get|list).*--local)(\s|$)"),
    "serverless": Client(valued="-s --stage -r --region --aws-profile -f --function -c --config", reads=r"(info|print|package|logs|metrics|help|version|invoke local|offline|deploy list|plugin (list|search)|test|dev_|config_|support|doctor)(\s|$)"),
    "sam": Client(valued="--stack-name --region --profile -t --template -n", reads=r"(build|validate|local|list|logs|init|package_|docs|pipeline_|traces|version)(\s|$)"),
    "cdk": Client(valued="--profile -a --app -c --context --output -o", reads=r"(synth|synthesize|diff|ls|list|doctor|docs?|metadata|notices|context|init|acknowledge|ack|version|flags)(\s|$)"),
    "cdktf": Client(reads=r"(synth|diff|plan|list|output|get|init|provider|debug|help)(\s|$)"),
    "amplify": Client(reads=r"(status|mock|help|version|diagnose|env list|console_)(\s|$)"),
    "eb": Client(reads=r"(status|list|logs|health|events|printenv_|config get|platform (list|show)|local \S+|console_)(\s|$)"),
    "copilot": Client(reads=r"((app|env|svc|job|task|pipeline) (ls|show|status|logs|package)|version|help|docs)(\s|$)"),
    "eksctl": Client(valued="--cluster --name --region --profile -f", reads=r"(get|info|version|help|utils (describe|schema|nodegroup-health)\S*|completion)(\s|$)"),
    "doctl": Client(valued="-t --access-token --context -o --output -c --config -u --api-url --format", anywhere=r"(list|ls|get|list-\S+|get-\S+|version|logs|validate|propose|ratelimit|neighbors|backups|snapshots|actions|kernels|describe)", reads=r"(account|balance|version|completion|help)"),
    "linode-cli": Client(anywhere=r"(list|ls|view|show|\S+-list|\S+-view)"),
    "hcloud": Client(anywhere=r"(list|describe|version|completion)"),
    "scw": Client(anywhere=r"(list|get|info|version|help|list-\S+|get-\S+)"),
    "vultr-cli": Client(anywhere=r"(list|get|version)"),
    "civo": Client(anywhere=r"(list|ls|show|get|version)"),
    "exo": Client(anywhere=r"(list|ls|show|get|version|status)"),
    "upctl": Client(anywhere=r"(list|ls|show|version)"),
    "ibmcloud": Client(anywhere=r"(list|ls|get|show|\S+s|info|version|help|target_)"),
    "oci": Client(valued="--profile --region --compartment-id -c --config-file", anywhere=r"(list|get|search|\S+-list|\S+-get|head|summarize\S*|request-summarized-\S+)"),
    "aliyun": Client(anywhere=r"(Describe\S+|List\S+|Get\S+|Query\S+|ls|version|help)"),
    "yc": Client(anywhere=r"(list|get|show|list-\S+|version|logs)"),
    "openstack": Client(anywhere=r"(list|show)"),
    "oc": Client(valued=KUBE, reads=r"(get|describe|logs?|status|explain|version|whoami|projects?$|diff|api-resources|api-versions|events|help|cluster-info|config (view|get-\S+|current-context)|rollout (status|history)|auth can-i|adm top|options|completion|process|port-forward)(\s|$)"),
    "argocd": Client(valued="--server --auth-token --grpc-web-root-path -o", reads=r"((app|appset|proj|repo|cluster|repocreds|cert|gpg|account)s? (list|get|diff|history|logs|manifests|resources|wait|can-i|get-user-info)|version|help|context|completion)(\s|$)"),
    "flux": Client(valued="-n --namespace --context --kubeconfig", reads=r"(get|check|diff|events|export|logs|stats|trace|tree|version|envsubst|build|completion|help|debug_)(\s|$)"),
    "kustomize": Client(reads=r"(build|version|cfg|completion|help|localize|create|edit)(\s|$)"),
    "istioctl": Client(reads=r"(analyze|version|proxy-status|ps|proxy-config|pc|describe|x describe|validate|manifest generate|profile|bug-report_|help|verify-install|dashboard)(\s|$)"),
    "linkerd": Client(reads=r"(check|version|viz (stat|top|tap|edges|routes|check|list)|diagnostics|profile|completion|help|identity)(\s|$)"),
    "velero": Client(reads=r"((backup|restore|schedule|backup-location|snapshot-location) (get|describe|logs|download)|get|describe|version|help|client config get)(\s|$)"),
    "kops": Client(reads=r"(get|validate|version|toolbox dump|completion|help|update cluster(?!.*--yes))(\s|$)"),
    "k3d": Client(reads=r"(\S+ list|version|help|config|kubeconfig)(\s|$)"),
    "kind": Client(reads=r"(get|version|help|export logs|build|create|delete|load)(\s|$)"),
    "minikube": Client(reads=r"(status|ip|version|logs|profile list|service list|start|stop|delete|image|addons list|config (view|get)|dashboard|kubectl (--\s)?(get|describe|logs)|ssh_|docker-env|node list|update-check|help|completion|options)(\s|$)"),
    "nomad": Client(valued="-address -namespace -region -token", single=True, reads=r"(status|job (status|history|inspect|plan|validate|allocs|deployments|init|scaling-events)|alloc (status|logs|fs)|node status|plan|validate|inspect|logs|version|server members|agent-info|deployment (status|list)|eval (status|list)|namespace (list|status|inspect)|ui|fmt|monitor|operator (api_|autopilot get-config|raft list-peers)|var (list|get)|volume status|quota (list|inspect|status)|help)(\s|$)"),
    "consul": Client(single=True, reads=r"(members|info|catalog|version|monitor|kv get|validate|operator raft list-peers|config (read|list)|intention (get|list|check|match)|rtt|services_|acl \S+ (read|list)|snapshot inspect|help|debug_|connect envoy_)(\s|$)"),
    "vault": Client(single=True, valued="-address -namespace -format -field -version", reads=r"(status|version|list|path-help|policy (list|read|fmt)|secrets list|auth list|audit list|plugin list|kv list|kv metadata get|token lookup|token capabilities|operator (members|key-status|raft list-peers)|namespace list|print|server -dev|help|login_|monitor|lease lookup|debug_|version-history|pki health-check)(\s|$)"),
    "packer": Client(single=True, reads=r"(validate|fmt|inspect|version|init|console|plugins installed|help|hcl2_upgrade)(\s|$)"),
    "vagrant": Client(reads=r"(status|global-status|version|validate|port|ssh-config|box (list|outdated)|plugin list|help|snapshot list|init|up|halt_)(\s|$)"),
    "ansible-playbook": Client(reads="(?!)", bare=False),
    "ansible": Client(valued="-i --inventory -m --module-name -a --args -u -e -l -f -b_", reads=r"(?!)", bare=False),
    "ansible-pull": Client(), "ansible-console": Client(bare=False),
    "ansible-galaxy": Client(reads=r"((collection|role) )?(list|search|info|init|build|install|verify|help)(\s|$)"),
    "salt": Client(bare=False), "salt-ssh": Client(bare=False), "knife": Client(anywhere=r"(list|show|status|search|diff|ssl)"),
    "chef-client": Client(bare=False), "puppet": Client(reads=r"(parser validate|lookup|config print|facts|describe|doc|module (list|search)|epp|help|agent .*--noop|apply .*--noop|strings|resource_)(\s|$)"),
    "cap": Client(valued="-f", reads=r"(-T|--tasks|doctor|\S+ doctor)(\s|$)"), "dep": Client(reads=r"(list|tree|config|help|version|check_|ensure|status)(\s|$)"), "mina": Client(reads=r"(tasks|help)"),
    "fab": Client(reads=r"(-l|--list)"), "kamal": Client(reads=r"(details|version|config|docs|help|audit|app (logs|details|containers|images|version|live)|proxy (details|logs)|accessory (details|logs)|server_|lock status|init|build (details|dev))(\s|$)"),
    "railway": Client(reads=r"(status|logs|whoami|list|docs|help|version|open|variables_|completion)(\s|$)"),
    "render": Client(anywhere=r"(list|logs|whoami|help|version|get)"),
    "firebase": Client(valued="-P --project --account --config --only", reads=r"(emulators:\S+|serve|projects:list|apps:(list|sdkconfig)|functions:(list|log|shell|config:get_)|hosting:(sites:list|channel:list)|login:list|help|use$|firestore:(indexes|databases:(list|get))|remoteconfig:(get|versions:list)|database:(get|instances:list)|experiments:list|experimental:\S+|target$|ext:(list|info)|setup:emulators:\S+|auth:export_|init|open|deploy:list)(\s|$)"),
    "supabase": Client(valued="--project-ref --workdir --profile", reads=r"(status|start|stop|gen|help|projects list|orgs list|functions (list|new|serve|download)|db (diff|lint|dump|start|pull)|migration (list|new)|inspect|init|branches (list|get)|secrets list|test|services|completion|link_|storage ls|snippets (list|download)|domains get|network-bans get|ssl-enforcement get|postgres-config get|backups list|seed_)(\s|$)"),
    "appwrite": Client(anywhere=r"(list\S*|get\S*|help|version)"),
    "planetscale": Client(), "pscale": Client(valued="--org", anywhere=r"(list|ls|show|get|status|diff|schema|version|connect|shell_|lint)"),
    "neonctl": Client(anywhere=r"(list|get|me|show|schema-diff|help|version)"), "neon": Client(anywhere=r"(list|get|me|show|schema-diff)"),
    "turso": Client(reads=r"(db (list|show|inspect)|group list|plan show|org list|auth whoami|dev|config path|help|db locations)(\s|$)"),
    "atlas": Client(anywhere=r"(list|ls|describe|get|inspect|status|lint|diff|validate|version|help|hash|new|logs|whoami|fmt)", reads=r"(migrate (status|lint|diff|validate|hash|new|apply.*--dry-run)|schema (inspect|diff|fmt|validate|test|apply.*--dry-run))"),
    "stripe": Client(valued="--api-key -p --project-name", reads=r"(listen|logs|help|version|status|get|config --list|\S+ (list|retrieve|search)|resources|samples list|open|serve|community|completion|docs|trigger_)(\s|$)"),
    "twilio": Client(anywhere=r"(\S*:list|\S*:fetch|help|version|profiles:list)"),
    "sentry-cli": Client(valued="--auth-token --url -o --org -p --project", anywhere=r"(info|list|help|--version|explain|difutil|check|bundle-jvm|propose-version)"),
    "sky": Client(reads=r"(status|queue|logs|check|show-gpus|cost-report|jobs (queue|logs)|serve (status|logs)|storage ls|api (status|info|logs)|help)(\s|$)"),
    "wp": Client(valued="--path --url --user", reads=r"((\S+ )+(list|get|status|path|version|info|search|is-active|is-installed|exists|check-update|check|tables|size|columns|prefix|verify-checksums|count|describe|types|pluck|export_|doctor|has|list-\S+|meta get)|cli (info|version|check-update|cmd-dump|param-dump|has-command)|help|core (version|is-installed|check-update|verify-checksums)|db (check|tables|size|prefix|columns|search|query_)|i18n \S+|scaffold \S+|eval_ |cron (event|schedule) list|rewrite (list|structure_)|search-replace .*--dry-run|cache (get|type)|config (list_|path|has))(\s|$)"),
    "drush": Client(valued="-r --root -l --uri", reads=r"(status|st|core:status|core:requirements|pm:list|pml|list|help|version|config:(get|status|export_)|cget|cst|watchdog:(show|tail|list)|ws|wd-show|views:list|user:information|field:info|route|role:list|site:alias|sa|state:get|sget|theme:list_|entity:\S+_|cache:rebuild|cr|cc|cache:clear|updatedb:status|updbst|migrate:status|ms|locale:check|queue:list|generate|gen|test:run|php:script_|rq)(\s|$)"),
    "caddy": Client(reads=r"(version|validate|fmt|adapt|list-modules|help|environ_|run|file-server|reverse-proxy|hash-password|build-info|start_)(\s|$)"),
    "rclone": Client(valued="--config", reads=r"(ls|lsl|lsd|lsf|lsjson|size|check|cryptcheck|hashsum|md5sum|sha1sum|version|help|about|tree|cat|listremotes|ncdu|config (file|show_|paths)|obscure)(\s|$)"),
    "mc": Client(reads=r"(ls|stat|du|find|diff|tree|head|cat|version|admin info|help|ping|ready)(\s|$)"), "s3cmd": Client(reads=r"(ls|la|info|du|get|--list-md5|help)(\s|$)"), "s5cmd": Client(reads=r"(ls|du|head|cat|version|cp s3://\S+ (?!s3://))"), "azcopy": Client(reads=r"(list|jobs list|jobs show|env|version|login status|bench_)(\s|$)"),
    "b2": Client(anywhere=r"(ls|list\S*|get\S*|download\S*|version|help)"),
    "temporal": Client(anywhere=r"(list|describe|show|count|get|health|version|help|query|stack|start-dev)"),
    "tctl": Client(anywhere=r"(list|describe|desc|show|count|query|version)"),
    "step": Client(reads=r"(certificate (inspect|lint|verify|fingerprint|p12_)|ca (health|root|roots|provisioner list)|version|help|path|crypto_)(\s|$)"),
    "dagger": Client(reads=r"(call|run|version|functions|query|develop|init|config|core|login_|help|completion)(\s|$)"),
    "earthly": Client(reads=r"(?!.*--push)", bare=False), "skaffold": Client(valued="-f --filename -p --profile -n", reads=r"(build(?!.*--push)|diagnose|render|version|test|inspect|schema|survey|fix|init|help|completion|verify_)(\s|$)"),
    "tilt": Client(reads=r"(version|doctor|get|describe|logs|explain|dump|alpha tiltfile-result|api-resources|help|verify-install|ci_|up_|lsp)(\s|$)"), "okteto": Client(reads=r"(version|logs|status|help|validate|preview list|namespace list|context list|kubeconfig_|endpoints)(\s|$)"), "waypoint": Client(reads=r"(status|logs|version|help|\S+ list|\S+ inspect)"),
    "werf": Client(reads=r"(render|build(?!.*--repo)|version|helm (list|lint|template|get|status)|help|config (list|render)|ci-env|completion)"), "helmfile": Client(valued="-f --file -e --environment -n --namespace -l --selector", reads=r"(list|ls|diff|template|lint|status|build|fetch|deps|repos|version|help|print-env|show-dag|write-values|test|cache)(\s|$)"), "helmsman": Client(bare=False), "kapp": Client(reads=r"(list|ls|inspect|logs|version|app-change (list|ls)|tools (inspect|diff)|deploy .*--diff-run)"), "kpt": Client(reads=r"(pkg (get|tree|diff|init|update)|fn (render|eval|source|sink|doc)|live (status|init)|version|alpha \S+ (get|list))"), "crossplane": Client(reads=r"(version|render|beta (render|trace|validate|top)|xpkg (build|init)|help)"),
    "databricks": Client(anywhere=r"(list|ls|get|describe|show|list-\S+|get-\S+|validate|version|help|export\S*|summary|env_|me|auth_)"), "dbt": Client(valued="--profiles-dir --project-dir --target -t --select -s -m --models", reads=r"(compile|parse|test|ls|list|docs|debug|deps|init|source|show|clean|build_|seed_|snapshot_|clone_|retry_|run(?!-operation)|build|run|seed|--version|--help)(\s|$)"), "astro": Client(reads=r"(dev|version|deployment (list|logs|inspect)|workspace list|organization list|help|run|config get)"), "prefect": Client(anywhere=r"(ls|inspect|version|preview|logs|help|view)"),
    "newrelic": Client(anywhere=r"(list|get|search|query|version|help|diagnose)"), "datadog-ci": Client(reads=r"(version|help|\S+ .*--dry-run)"), "pagerduty": Client(), "pd": Client(anywhere=r"(list|ls|log|get|version)"), "opsgenie": Client(), "jira": Client(valued="-p --project -c --config", reads=r"((issue|sprint|epic|board|project|release) (list|ls|lists|view|show)|me|serverinfo|version|help|open|man|completion)(\s|$)"), "linear": Client(anywhere=r"(list|view|show|get|me|search)"), "slack": Client(anywhere=r"(list|version|help|doctor|run|validate)"), "op": Client(valued="--account --vault", reads=r"(account (list|get)|vault (list|get)|item (list|template)|whoami|--version|completion|user (list|get)|group (list|get)|update)(\s|$)", rule="secrets.vault"),
    "gem": Client(reads=r"(?!(push|yank|owner|signin|signout)\b)", rule="deploy.publish"),
}  # fmt: skip
ALIASES = {
    "tofu": "terraform", "opentofu": "terraform", "flyctl": "fly", "sls": "serverless", "now": "vercel", "vc": "vercel",
    "ntl": "netlify", "k": "kubectl", "kubecolor": "kubectl", "microk8s.kubectl": "kubectl", "k3s.kubectl": "kubectl",
    "helm3": "helm", "neon": "neonctl", "minio-mc": "mc", "tf": "terraform", "awslocal": "aws", "aws2": "aws",
    "microk8s.helm": "helm", "osc": "openstack", "oci-cli": "oci", "bicep": "az", "gcli": "gh",
}  # fmt: skip


def client(row: Client) -> Rule:
    """The rule of one row."""

    def rule(command: Command, shell: Shell) -> None:
        words = command.arguments
        if any(word in HELP for word in words) or (row.dry and any(DRY.fullmatch(word) for word in words)):
            if not any(word in {"-v"} and row.valued for word in words) or len(words) == 1:
                return
        operands = parse(words, row.valued, single=row.single).operands
        if not operands and row.bare:
            return
        joined = " ".join(operands)
        if re.match(row.reads, joined) or re.match(row.reads, " ".join(words)):
            return
        if any(re.fullmatch(row.anywhere, operand) for operand in operands[:5]):
            return
        if UNKNOWN in "".join(operands[:2]):
            shell.doubt(row.rule, command.argv)
        shell.refuse(row.rule, command.argv)

    return rule


TABLE: Table = {name: client(row) for name, row in CLIENTS.items() if name not in {"gh", "gem", "atlas", "supabase"}}
TABLE |= {alias: TABLE[name] for alias, name in ALIASES.items() if name in TABLE}
