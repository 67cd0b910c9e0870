//! One contract for both databases: every case runs on a SQLite file and on PostgreSQL.

#![allow(clippy::unwrap_used, missing_docs)]

mod apps;
mod bans;
mod idempotency;
mod jobs;
mod lifecycle;
mod livestreams;
mod rooms;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod webhooks;
mod writer;

macro_rules! contract {
    ($($module:ident { $($case:ident),+ $(,)? })+) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(crate::support::Harness::sqlite().await).await;
                })+
            })+
        }
        mod postgres {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    if let Some(harness) = crate::support::Harness::postgres().await {
                        crate::$module::$case(harness).await;
                    }
                })+
            })+
        }
    };
}

contract! {
    apps {
        an_app_is_read_as_it_was_created,
        an_app_id_is_taken_once_and_admin_never,
        apps_are_listed_newest_first_page_by_page,
        a_patch_changes_only_what_it_names,
        a_rotation_keeps_the_secret_before_for_as_long_as_it_says,
        a_deleted_app_takes_all_it_owns_along_and_nothing_else,
    }
    bans {
        a_ban_keeps_one_user_out_of_one_room,
        a_ban_is_of_one_tenant,
        a_ban_needs_its_room,
    }
    idempotency {
        a_repeated_creation_finds_the_first_answer_and_writes_nothing,
        concurrent_creations_with_one_key_write_one_row,
        a_key_counts_for_one_route_of_one_tenant,
        a_key_is_free_again_after_24_hours,
        a_creation_that_fails_does_not_use_its_key_up,
        an_app_is_created_once_per_key,
    }
    jobs {
        a_job_is_there_once_however_often_it_is_enqueued,
        a_job_is_claimed_by_one_worker_only,
        a_job_that_is_handed_over_is_in_the_database_with_its_lease,
        new_jobs_that_come_with_a_known_one_wait_to_be_claimed,
        a_job_whose_lease_ran_out_is_taken_again,
        a_failed_attempt_waits_for_its_time_and_then_parks,
        a_job_is_gone_with_the_change_that_it_asked_for,
    }
    lifecycle {
        a_second_start_finds_what_the_first_wrote,
        several_nodes_may_start_at_once,
        a_closed_store_is_unavailable,
        a_purge_removes_what_is_out_of_date_and_nothing_else,
        a_ping_is_answered,
    }
    livestreams {
        a_stream_is_read_as_it_was_written,
        a_room_name_is_taken_while_its_stream_is_open,
        another_tenants_stream_does_not_exist,
        streams_are_listed_by_status_with_their_total,
        a_patch_changes_only_what_it_names,
        of_concurrent_joins_of_one_user_exactly_one_gets_a_place,
        a_stream_never_holds_more_than_it_admits,
        a_webhook_is_applied_once_however_often_and_wherever_it_comes,
        the_end_of_a_room_ends_all_places_also_those_of_its_own_batch,
        a_room_that_had_the_name_before_does_not_end_the_stream,
        a_batch_that_cannot_be_written_leaves_no_trace,
        a_place_that_nobody_came_for_is_found_and_freed,
        what_watchers_are_to_be_told_is_in_the_outbox_until_it_was,
    }
    rooms {
        a_room_is_read_as_it_was_created,
        a_room_id_is_taken_once_by_each_tenant,
        a_room_needs_its_app,
        another_tenants_room_does_not_exist,
        rooms_are_listed_newest_first_page_by_page,
        a_room_that_is_created_while_a_list_is_read_disturbs_no_page,
        a_patch_changes_only_what_it_names,
        a_deleted_room_takes_its_tokens_and_bans_along,
        a_touch_never_goes_back_in_time,
        rooms_are_found_once_they_were_empty_for_too_long,
    }
    tokens {
        a_token_is_claimed_once,
        of_concurrent_claims_in_two_processes_exactly_one_wins,
        a_claim_tells_why_it_failed,
        a_claim_given_back_can_be_made_again,
        a_revoked_token_is_returned_and_refused_from_then_on,
        all_tokens_of_a_user_for_a_room_are_revoked_together,
        another_tenants_token_does_not_exist,
        a_token_needs_its_room,
    }
    webhooks {
        an_endpoint_is_read_as_it_was_made,
        an_endpoint_is_told_what_it_asked_for_in_the_transaction_of_the_change,
        deliveries_keep_the_order_of_their_room_and_hold_up_no_other,
        a_delivery_is_in_the_log_and_can_be_sent_again,
        an_endpoint_that_is_gone_is_told_nothing_more,
        old_ids_and_settled_deliveries_are_purged,
    }
    writer {
        a_bad_row_in_a_batch_hurts_only_its_caller,
        a_read_sees_every_acknowledged_write_also_from_another_process,
        batches_of_every_kind_at_once_are_written_whole,
        what_was_queued_is_written_before_the_store_closes,
    }
}
